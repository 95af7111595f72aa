import { GROUP } from './bitmap.ts';
import type { Claim } from './claim.ts';
import { poolsHolding } from './held-numbers.ts';

/** What becomes of a number for those who ask for one. */
export type Standing = 'allocated' | 'reserved' | 'blocked' | 'cooling';

/** What stands on the numbers of a page, which are {@link GROUP} from a multiple of it. */
export interface PageCount {
  /** How many of its numbers stand how; the free ones are left out. */
  readonly standing: Readonly<Record<Standing, number>>;
  /** How many are held or reserved for each pool. */
  readonly heldFor: ReadonlyMap<string, number>;
}

/** Counts of pages, each kept until something on the page changes: who counts often, counts only what changed. */
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

  /** To be told whenever something changed on `number`. */
  refresh(number: number): void {
    if (this.#counts.size > 0) this.#counts.delete(pageOf(number));
  }
}

/** The first number of the page that `number` is on. */
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

/** How a number stands with `obstacles` on it: the first that fits, from who uses it to who has left. Undefined for a free one. */
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
