import { ANY_ADDRESS, parseAddress } from './address.ts';
import type { Claim, ClaimState } from './claim.ts';
import { grammars, wordFault } from './grammar.ts';
import { holder, holderKind } from './holder.ts';
import type { Holder } from './holder.ts';
import { SCTP, TCP, UDP, parseProtocols, protocolName } from './port.ts';
import type { PortsRequest } from './request.ts';

/** The holder of all unreadable claims: no API object can have its name. */
const UNREADABLE = holder({ group: '', kind: 'Unreadable', namespace: '', name: '', uid: '' });

// PROTOCOL[@ADDRESS] STATE POOL HOLDER PORT TIME
const LINE =
  /^([A-Z+]+)(?:@([0-9a-f.:]+))? (held|reserved|cooling) ([a-z0-9.-]+) (\S+ \S+ \S+) ([a-z0-9.-]+) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

// KIND[.GROUP] NAMESPACE/NAME UID
const HOLDER = /^([A-Za-z0-9]+)(?:\.([a-z0-9.-]+))? ([a-z0-9-]*)\/([a-zA-Z0-9.:[\]-]+) ([A-Za-z0-9-]+)$/;

/**
 * A reservation of an earlier version, which wrote names of pods and ports, and its end, without checking them. Its
 * token was never seen by the API server, and its name is refused by it, so it can belong to nobody.
 */
const VOID_RESERVATION =
  /^[A-Z+]+(?:@[0-9a-f.:]+)? reserved [a-z0-9.-]+ Pod [a-z0-9-]+\/[^\n]+ [0-9a-f]{16}-[0-9a-f]{12} [^\n]+ $/;
const TIME_LENGTH = '2026-01-01T00:00:00Z'.length;

/**
 * What in a request can't be written so that it is read back unchanged, in a sentence; undefined if everything can. The
 * rules for writing are stricter than those for reading, because earlier versions were less strict.
 */
export function unwritable({ holder: by, ports }: Pick<PortsRequest, 'holder' | 'ports'>): string | undefined {
  const { kind, group, namespace, name, uid } = by;
  return (
    wordFault(grammars.holderKind, 'the kind of the holder', kind) ??
    (group === '' ? undefined : wordFault(grammars.dnsName, 'the API group of the holder', group)) ??
    (namespace === '' ? undefined : wordFault(grammars.dnsLabel, 'the namespace of the holder', namespace)) ??
    wordFault(grammars.holderName, 'the name of the holder', name) ??
    wordFault(grammars.uid, 'the UID of the holder', uid) ??
    ports.map((port) => wordFault(grammars.dnsName, 'the port name', port.name)).find((fault) => fault !== undefined)
  );
}

/**
 * Whether `text`, which {@link encodeCell} made of `claims`, is read back as so many claims, and each readable one as
 * readable.
 */
export function isReadAgain(claims: readonly Claim[], text: string): boolean {
  const lines = text.split('\n');
  const readable = claims.filter((claim) => claim.text === undefined).length;
  return (
    lines.length === claims.length && lines.filter((line) => decodeClaim(0, line) !== undefined).length >= readable
  );
}

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

function parseTime(text: string): number | undefined {
  const time = Date.parse(text) / 1000;
  // A day that doesn't exist in its month is read as another day.
  return !Number.isNaN(time) && printTime(time) === text ? time : undefined;
}

/** The text for a number, the same for the same claims in any order; undefined without claims. */
export function encodeCell(claims: readonly Claim[]): string | undefined {
  if (claims.length === 0) return undefined;
  return claims.map(encodeClaim).sort().join('\n');
}

/** Reads what {@link encodeCell} wrote; anything else becomes an unreadable claim. */
export function decodeCell(number: number, text: string): readonly Claim[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => decodeClaim(number, line) ?? unreadable(number, line));
}

/** Blocks every request: until its end if it can belong to nobody, otherwise until a person removes it. */
function unreadable(number: number, text: string): Claim {
  const end = parseTime(text.slice(-TIME_LENGTH));
  const isVoid = end !== undefined && VOID_RESERVATION.test(text.slice(0, -TIME_LENGTH));
  const everything = { protocols: TCP | UDP | SCTP, address: ANY_ADDRESS, pool: '', port: '' };
  const until = isVoid ? ({ state: 'cooling', time: end } as const) : ({ state: 'unreadable', time: 0 } as const);
  return { number, ...everything, ...until, holder: UNREADABLE, text };
}

function decodeClaim(number: number, line: string): Claim | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const text = (group: number): string => match[group] ?? '';
  const protocols = parseProtocols(text(1));
  const address = parseAddress(text(2));
  const by = decodeHolder(text(5));
  const time = parseTime(text(7));
  if (protocols === undefined || address === undefined || by === undefined || time === undefined) return undefined;
  const state = text(3) as ClaimState;
  return { number, protocols, address, state, pool: text(4), holder: by, port: text(6), time };
}

/** Holders that were read recently: a block has few of them, and one object for all claims of a holder saves memory. */
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
