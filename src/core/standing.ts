import type { Claim } from './claim.ts';

/** What becomes of a number for those who ask for one. */
export type Standing = 'allocated' | 'reserved' | 'blocked' | 'cooling';

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
