import { podAnnotations } from '../../api/index.ts';
import { rangesInclude, rangesSize } from '../../core/index.ts';
import type { Claim, PortRange } from '../../core/index.ts';
import type { Pod } from '../../kube/index.ts';

/** A pod that requests room of a pool on a node, or is about to. */
export interface Guest {
  /** The UIDs under which it may hold numbers: its own, and before it was seen its token. */
  readonly uids: readonly string[];
  /** How many numbers it requests. */
  readonly requested: number;
  /** Whether it is on the node; otherwise it was assigned numbers there and is about to be bound. */
  readonly isBound: boolean;
}

/** `pod` as a guest that requests so many numbers of a pool; empty if it requests none. */
export function guestOf({ metadata, spec }: Pod, requested = 0): readonly Guest[] {
  if (requested === 0) return [];
  const token = metadata.annotations?.[podAnnotations.reservation];
  const uids = [metadata.uid, ...(token === undefined ? [] : [token])];
  return [{ uids, requested, isBound: (spec.nodeName ?? '') !== '' }];
}

/** The facts about a pool on one node. */
export interface Situation {
  readonly pool: string;
  /** The pool's numbers there; none while it hands nothing out. */
  readonly usable: readonly PortRange[];
  /** The claims on each number of the node, whatever the pool. */
  readonly occupied: ReadonlyMap<number, readonly Claim[]>;
  readonly guests: readonly Guest[];
}

/**
 * The amount of a pool's resource that a node should advertise. The scheduler subtracts what pods request, so numbers
 * of pods that request them are not subtracted here; every other number with a claim on it, cooling ones included, is.
 * 1. What remains after the requests of all guests is at most the count of free numbers.
 * 2. It is exactly that if all guests hold what they request.
 * 3. The amount is never less than the pods on the node request: a kubelet that restarts would evict them.
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

/**
 * The numbers of `pool` that each holder has, by UID; including those outside of the pool's ranges, which are requested
 * as well.
 */
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
