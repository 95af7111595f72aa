import { GROUP } from './bitmap.ts';
import type { Claim } from './claim.ts';
import { poolsHolding } from './held-numbers.ts';

/** The state of a number for new requests. */
export type Standing = 'allocated' | 'reserved' | 'blocked' | 'cooling';

/** The counts of a page: {@link GROUP} numbers from a multiple of it. */
export interface PageCount {
  /** How many of its numbers are in which state, without free ones. */
  readonly standing: Readonly<Record<Standing, number>>;
  /** How many are held or reserved for each pool. */
  readonly heldFor: ReadonlyMap<string, number>;
}

/** The counts of pages, each kept until something on the page changes: a repeated count only looks at changed pages. */
export class Pages {
  readonly #counts = new Map<number, PageCount>();

  /** The count of the page from `first`, by what `claimsOn` and `obstaclesOn` say of its numbers. */
  count(
    first: number,
    claimsOn: (number: number) => readonly Claim[],
    obstaclesOn: (number: number) => readonly Claim[],
  ): PageCount {
    let known = this.#counts.get(first);
    if (known === undefined) this.#counts.set(first, (known = countPage(first, claimsOn, obstaclesOn)));
    return known;
  }

  /** To be called whenever something changed on `number`. */
  refresh(number: number): void {
    if (this.#counts.size > 0) this.#counts.delete(pageOf(number));
  }
}

/** The first number of the page of `number`. */
export function pageOf(number: number): number {
  return number - (number % GROUP);
}

function countPage(
  first: number,
  claimsOn: (number: number) => readonly Claim[],
  obstaclesOn: (number: number) => readonly Claim[],
): PageCount {
  const standing = { allocated: 0, reserved: 0, blocked: 0, cooling: 0 };
  const heldFor = new Map<string, number>();
  for (let number = first; number < first + GROUP; number++) {
    const found = standingOf(obstaclesOn(number));
    if (found === undefined) continue;
    standing[found]++;
    for (const pool of poolsHolding(claimsOn(number))) heldFor.set(pool, (heldFor.get(pool) ?? 0) + 1);
  }
  return { standing, heldFor };
}

/**
 * The state of a number with the claims `obstacles`: the first that fits, in the order of their rank. Undefined for a
 * free number.
 */
export function standingOf(obstacles: readonly Claim[]): Standing | undefined {
  let found: Standing | undefined;
  for (const { state } of obstacles) {
    const standing = standings[state];
    if (found === undefined || RANK[standing] < RANK[found]) found = standing;
  }
  return found;
}

const standings: Readonly<Record<Claim['state'], Standing>> = {
  held: 'allocated',
  reserved: 'reserved',
  observed: 'blocked',
  unreadable: 'blocked',
  cooling: 'cooling',
};

const RANK: Readonly<Record<Standing, number>> = { allocated: 0, reserved: 1, blocked: 2, cooling: 3 };
