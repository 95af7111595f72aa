import { podAnnotations } from '../../api/index.ts';
import { rangesInclude, rangesSize } from '../../core/index.ts';
import type { Claim, PortRange } from '../../core/index.ts';
import type { Pod } from '../../kube/index.ts';

/** A pod that requests room of a pool on a node, or is about to. */
export interface Guest {
  /** Under which it may hold numbers: its UID, and before it was seen its token. */
  readonly uids: readonly string[];
  /** How many numbers it requests. */
  readonly requested: number;
  /** Whether it is on the node; else it was given numbers there and its binding is under way. */
  readonly isBound: boolean;
}

/** `pod` as a guest that requests so many numbers of a pool; nothing where it requests none. */
export function guestOf({ metadata, spec }: Pod, requested = 0): readonly Guest[] {
  if (requested === 0) return [];
  const token = metadata.annotations?.[podAnnotations.reservation];
  const uids = [metadata.uid, ...(token === undefined ? [] : [token])];
  return [{ uids, requested, isBound: (spec.nodeName ?? '') !== '' }];
}

/** What was gathered about a pool on one node. */
export interface Situation {
  readonly pool: string;
  /** Its numbers; none while it hands nothing out. */
  readonly usable: readonly PortRange[];
  /** Who is on which number of the node, whatever the pool. */
  readonly occupied: ReadonlyMap<number, readonly Claim[]>;
  readonly guests: readonly Guest[];
}

/**
 * How much of a pool's resource a node is to have. The scheduler subtracts what pods request, so that the numbers of pods that
 * request them are not subtracted here; every other number that somebody is on, or that cools, is.
 *
 * 1. What is left after the requests of all guests is no more than the numbers that are free.
 * 2. It is exactly that when all of them hold what they request.
 * 3. It is never less than the pods on the node request: a kubelet that starts again would turn them out.
 */
export function roomOn({ pool, usable, occupied, guests }: Situation): number {
  const taken = [...occupied].filter(([number, claims]) => claims.length > 0 && rangesInclude(usable, number)).length;
  const free = rangesSize(usable) - taken;
  const holdings = holdingsIn(pool, occupied);
  const covered = sumOf(guests, ({ uids, requested }) => {
    const held = new Set(uids.flatMap((uid) => [...(holdings.get(uid) ?? [])]));
    return Math.min(requested, held.size);
  });
  return Math.max(
    free + covered,
    sumOf(guests, ({ requested, isBound }) => (isBound ? requested : 0)),
  );
}

/** Which numbers of `pool` each holder has, by UID: those outside of its ranges, too, because they are requested as well. */
function holdingsIn(pool: string, occupied: Situation['occupied']): ReadonlyMap<string, ReadonlySet<number>> {
  const holdings = new Map<string, Set<number>>();
  for (const claim of [...occupied.values()].flat()) {
    if (claim.pool !== pool) continue;
    const held = holdings.get(claim.holder.uid) ?? new Set();
    holdings.set(claim.holder.uid, held.add(claim.number));
  }
  return holdings;
}

function sumOf(guests: readonly Guest[], count: (guest: Guest) => number): number {
  return guests.reduce((sum, guest) => sum + count(guest), 0);
}
