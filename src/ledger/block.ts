import { hash } from 'node:crypto';
import { GROUP, decodeCell, isPortNumber } from '../core/index.ts';
import type { Claim } from '../core/index.ts';

/** A domain's key: empty for the whole cluster, else the name of the node. */
export type DomainKey = string;

/** The domain of pools of scope `Cluster`. */
export const CLUSTER: DomainKey = '';

/** A block: 64 numbers of a domain, from a multiple of 64. */
export interface BlockId {
  readonly domain: DomainKey;
  readonly first: number;
}

/** A block as it is stored. */
export interface StoredBlock extends BlockId {
  /** The object's resourceVersion. */
  readonly version: string;
  readonly data: Readonly<Record<string, string>>;
  /** The seal ({@link sealOf}) of the data when a manager last wrote it. */
  readonly seal: string | undefined;
}

/** The block that `number` belongs to. */
export function blockOf(number: number): number {
  return number - (number % GROUP);
}

/** The numbers that a block from `first` covers. */
export function* numbersOf(first: number): Generator<number> {
  for (let number = Math.max(first, 1); number < first + GROUP; number++) if (isPortNumber(number)) yield number;
}

/** The ConfigMap's name. A node's name may be too long for it, so the name contains a hash of it. */
export function blockName({ domain, first }: BlockId): string {
  return domain === CLUSTER ? `hostport-cluster-${first}` : `hostport-node-${shortHash(domain)}-${first}`;
}

/** A digest of a block's data: edited data doesn't match it. */
export function sealOf(data: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(data).sort(([left], [right]) => (left < right ? -1 : 1));
  return shortHash(JSON.stringify(sorted));
}

/**
 * The claims on the numbers of a block, without keys that are no numbers of it, and without keys that are equal in
 * `before`.
 */
export function claimsInBlock(
  { first, data }: Pick<StoredBlock, 'first' | 'data'>,
  before: StoredBlock['data'] = {},
): Map<number, readonly Claim[]> {
  const claims = new Map<number, readonly Claim[]>();
  for (const number of numbersOf(first)) {
    const text = data[String(number)];
    if (text !== undefined && text !== before[String(number)]) claims.set(number, decodeCell(number, text));
  }
  return claims;
}

function shortHash(text: string): string {
  return hash('sha256', text).slice(0, 16);
}
