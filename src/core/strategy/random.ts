import { GROUP } from '../bitmap.ts';
import { nextRunAround } from './strategy.ts';
import type { Choice, Strategy } from './strategy.ts';

/**
 * A uniformly random free place. The requests of one write draw their group of 64 together, in proportion to what
 * is free there, and each its own place in it: every one of them still gets each free number with equal chance, and
 * a write touches one block of the ledger instead of one for each request.
 */
export const random: Strategy = {
  gives: 'any',
  choose(choice) {
    const { free, count } = choice;
    if (free.size === 0) return -1;
    return nextRunAround(free, count, randomPlace(choice));
  },
};

function randomPlace({ free, random, roundState }: Choice): number {
  const shared = roundState.group;
  if (shared === undefined || free.countInGroup(shared) === 0) {
    const place = free.at(random.below(free.size));
    roundState.group = Math.floor(place / GROUP);
    return place;
  }
  return free.atInGroup(shared, random.below(free.countInGroup(shared)));
}
