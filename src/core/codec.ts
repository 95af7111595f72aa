import { ANY_ADDRESS, parseAddress } from './address.ts';
import type { Claim, ClaimState } from './claim.ts';
import { holder, holderKind } from './holder.ts';
import type { Holder } from './holder.ts';
import { SCTP, TCP, UDP, parseProtocols, protocolName } from './port.ts';

/** The name under which all unreadable lines are filed: no API object can have it. */
const UNREADABLE = holder({ group: '', kind: 'Unreadable', namespace: '', name: '', uid: '' });

// PROTOCOL[@ADDRESS] STATE POOL HOLDER PORT TIME
const LINE =
  /^([A-Z+]+)(?:@([0-9a-f.:]+))? (held|reserved|cooling) ([a-z0-9.-]+) (\S+ \S+ \S+) ([a-z0-9.-]+) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

// KIND[.GROUP] NAMESPACE/NAME UID
const HOLDER = /^([A-Za-z0-9]+)(?:\.([a-z0-9.-]+))? ([a-z0-9-]*)\/([a-zA-Z0-9.:[\]-]+) ([A-Za-z0-9-]+)$/;

/** A claim as one line that a person can read with `kubectl get configmap -o yaml`. The number is the key beside it. */
export function encodeClaim(claim: Claim): string {
  if (claim.text !== undefined) return claim.text;
  const address = claim.address === '' ? '' : `@${claim.address}`;
  const { holder: by } = claim;
  return `${protocolName(claim.protocols)}${address} ${claim.state} ${claim.pool} ${holderKind(by)} ${by.namespace}/${by.name} ${by.uid} ${claim.port} ${printTime(claim.time)}`;
}

/** RFC 3339, to the second. */
function printTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** The text for a number, the same for the same claims in any order; undefined when there is nothing to write down. */
export function encodeCell(claims: readonly Claim[]): string | undefined {
  if (claims.length === 0) return undefined;
  return claims.map(encodeClaim).sort().join('\n');
}

/** Reads what {@link encodeCell} wrote, and whatever else stands there as unreadable claims. */
export function decodeCell(number: number, text: string): readonly Claim[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => decodeClaim(number, line) ?? unreadable(number, line));
}

function unreadable(number: number, text: string): Claim {
  const everything = { protocols: TCP | UDP | SCTP, address: ANY_ADDRESS, pool: '', port: '', time: 0 };
  return { number, ...everything, holder: UNREADABLE, state: 'unreadable', text };
}

function decodeClaim(number: number, line: string): Claim | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const text = (group: number): string => match[group] ?? '';
  const protocols = parseProtocols(text(1));
  const address = parseAddress(text(2));
  const by = decodeHolder(text(5));
  const time = Date.parse(text(7)) / 1000;
  // A day that its month doesn't have is read as another day.
  const isTime = !Number.isNaN(time) && printTime(time) === text(7);
  if (protocols === undefined || address === undefined || by === undefined || !isTime) return undefined;
  const state = text(3) as ClaimState;
  return { number, protocols, address, state, pool: text(4), holder: by, port: text(6), time };
}

/** Holders that were read of late: those of one block are few, and one value for all their claims saves memory. */
const recent = new Map<string, Holder>();
const MOST_RECENT = 256;

function decodeHolder(line: string): Holder | undefined {
  const known = recent.get(line);
  if (known !== undefined) return known;
  const match = HOLDER.exec(line);
  if (match === null) return undefined;
  const [, kind = '', group = '', namespace = '', name = '', uid = ''] = match;
  const read = holder({ kind, group, namespace, name, uid });
  if (recent.size >= MOST_RECENT) recent.clear();
  recent.set(line, read);
  return read;
}
