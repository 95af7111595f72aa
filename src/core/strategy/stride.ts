import { GROUP, GROUPS_OF_A_SPAN } from '../bitmap.ts';
import { hashTexts } from '../hash.ts';
import { nextRunAround } from './strategy.ts';
import type { Choice, RoundState, Strategy } from './strategy.ts';

/**
 * The same holder asks for the same number first, every time and on every replica. A walk whose step is coprime to the
 * size of what is walked visits each place once (a generator of the cyclic group). The walk over groups of 64 begins at
 * a hash of pool and namespace, so that numbers asked for together share a block of the ledger; spans come first, so
 * that a full pool is crossed in few steps. The place in the group is a hash of holder and port. An indifferent request
 * uses the first group of the stretch that has free numbers.
 */
export const stride: Strategy = {
  gives: 'gives the same holder the same number',
  choose(choice) {
    const { free, count, stretch, holder, port } = choice;
    if (free.size === 0) return -1;
    const group = stretch === undefined ? groupFor(choice) : Math.floor(nextRunAround(free, 1, stretch) / GROUP);
    // The usual case in a full pool, in which a walk would look at each of 64 places.
    if (free.countInGroup(group) === 1) return nextRunAround(free, count, free.atInGroup(group, 0));
    const firstPlace = group * GROUP;
    const place = walk(GROUP, hashTexts(holder.key, port), (at) => free.has(firstPlace + at));
    return nextRunAround(free, count, firstPlace + place);
  },
};

function groupFor({ free, pool, holder, roundState }: Choice): number {
  const near = neighbourhood(pool, holder.namespace, roundState);
  const span = walk(free.spans, near, (at) => free.countInSpan(at) > 0);
  const firstGroup = span * GROUPS_OF_A_SPAN;
  return firstGroup + walk(GROUPS_OF_A_SPAN, near >>> 8, (at) => free.countInGroup(firstGroup + at) > 0);
}

/** The hash from which a namespace's walk begins: the same for most requests of a write, so it is kept. */
function neighbourhood(pool: string, namespace: string, roundState: RoundState): number {
  if (roundState.near?.namespace !== namespace) roundState.near = { namespace, hash: hashTexts(pool, namespace) };
  return roundState.near.hash;
}

/** The first of `size` places, in the order that `hash` gives them, that is accepted; there must be one. */
function walk(size: number, hash: number, accepts: (at: number) => boolean): number {
  let at = hash % size;
  if (accepts(at)) return at;
  const steps = stepsFor(size);
  const step = steps[Math.floor(hash / size) % steps.length] ?? 1;
  do {
    at += step;
    if (at >= size) at -= size;
  } while (!accepts(at));
  return at;
}

const knownSteps: (readonly number[])[] = [];

/** The steps in 1..size that share no divisor with `size`, so that a walk with one of them visits everything. */
function stepsFor(size: number): readonly number[] {
  return (knownSteps[size] ??= Array.from({ length: size }, (_, at) => at + 1).filter((step) =>
    areCoprime(step, size),
  ));
}

function areCoprime(left: number, right: number): boolean {
  let larger = right;
  let smaller = left;
  while (smaller !== 0) {
    const rest = larger % smaller;
    larger = smaller;
    smaller = rest;
  }
  return larger === 1;
}
