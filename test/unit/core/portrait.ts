import { ANY_ADDRESS, SCTP, TCP, UDP, encodeClaim, numberAt, poolSize } from '../../../src/core/index.ts';
import type { Claim, Domain, Pool } from '../../../src/core/index.ts';

/** Uses that are looked for beside what is held: each makes a second look ({@link FreeSpace.fitting}) of its own. */
export const LOOKS = [
  { protocols: TCP, address: ANY_ADDRESS },
  { protocols: TCP | UDP, address: '10.0.0.1' },
  { protocols: SCTP, address: '::' },
];

/** All that a domain answers, in an order of its own, so that two domains can be compared. */
export interface Portrait {
  readonly claims: readonly string[];
  readonly holders: Readonly<Record<string, readonly string[]>>;
  readonly untouched: readonly (readonly number[])[];
  readonly fitting: readonly (readonly number[])[];
}

/** What `domain` says now, and what of each pool is free in it. */
export function portrait(domain: Domain, pools: readonly Pool[]): Portrait {
  const spaces = pools.map((pool) => ({ space: domain.space(pool), numbers: numbersOf(pool) }));
  return {
    claims: lines(domain.claims()),
    holders: Object.fromEntries([...domain.holderKeys()].sort().map((key) => [key, lines(domain.claimsOf(key))])),
    untouched: spaces.map(({ space, numbers }) =>
      numbers.filter((number) => space.untouched.has(number - space.origin)),
    ),
    fitting: spaces.flatMap(({ space, numbers }) =>
      LOOKS.map((look) => numbers.filter((number) => space.fitting(look).has(number - space.origin))),
    ),
  };
}

/** The numbers of a pool, one by one. */
export function numbersOf(pool: Pool): number[] {
  return Array.from({ length: poolSize(pool) }, (_, position) => numberAt(pool.usable, position) ?? 0);
}

function lines(claims: Iterable<Claim>): string[] {
  return [...claims].map((claim) => `${claim.number} ${encodeClaim(claim)}`).sort();
}
