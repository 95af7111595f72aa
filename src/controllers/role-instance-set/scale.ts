import { byPlace } from './member.ts';
import type { Member } from './member.ts';

/** How many instances a set wants, and in which order they are created and deleted. */
export interface Scale {
  readonly identity: 'Stateful' | 'Stateless';
  readonly podManagementPolicy: 'Parallel' | 'OrderedReady';
  readonly replicas: number;
  readonly updateRevision: string;
}

/** Which instances to create and to delete. */
export interface ScaleStep {
  /** The ordinals to create in a stateful set. */
  readonly ordinals: readonly number[];
  /** How many instances to create in a stateless set. */
  readonly count: number;
  readonly remove: readonly Member[];
}

const NOTHING: ScaleStep = { ordinals: [], count: 0, remove: [] };

/**
 * Decides which instances to create and to delete. With OrderedReady it is one at a time, and an instance is created only when
 * all before it are available. Pure.
 */
export function decideScale(scale: Scale, members: readonly Member[]): ScaleStep {
  return scale.identity === 'Stateful' ? stateful(scale, members) : stateless(scale, members);
}

function stateful({ podManagementPolicy, replicas }: Scale, members: readonly Member[]): ScaleStep {
  const byOrdinal = new Map(members.map((member) => [member.ordinal, member]));
  const wanted = Array.from({ length: replicas }, (_, ordinal) => ordinal);
  const condemned = members.filter(({ ordinal }) => ordinal === undefined || ordinal >= replicas);
  const going = condemned.toSorted(byPlace).toReversed();
  const missing = wanted.filter((ordinal) => !byOrdinal.has(ordinal));
  if (podManagementPolicy === 'Parallel') {
    return { ordinals: missing, count: 0, remove: going.filter(({ isTerminating }) => !isTerminating) };
  }
  const first = wanted.find((ordinal) => byOrdinal.get(ordinal)?.isAvailable !== true);
  if (first !== undefined) return byOrdinal.has(first) ? NOTHING : { ...NOTHING, ordinals: [first] };
  return removeOne(going);
}

function stateless(scale: Scale, members: readonly Member[]): ScaleStep {
  const { podManagementPolicy, replicas, updateRevision } = scale;
  const live = members.filter(({ isTerminating }) => !isTerminating);
  const isOrdered = podManagementPolicy === 'OrderedReady';
  if (live.length < replicas) {
    const isBlocked = isOrdered && live.some(({ isAvailable }) => !isAvailable);
    const count = isBlocked ? 0 : isOrdered ? 1 : replicas - live.length;
    return { ...NOTHING, count };
  }
  const going = live.toSorted(byWorth(updateRevision)).slice(0, live.length - replicas);
  if (!isOrdered) return { ...NOTHING, remove: going };
  return members.length > live.length ? NOTHING : removeOne(going);
}

/** Removes the first of `going`, unless one of them is still terminating. */
function removeOne(going: readonly Member[]): ScaleStep {
  return going.some(({ isTerminating }) => isTerminating) ? NOTHING : { ...NOTHING, remove: going.slice(0, 1) };
}

/** Sorts the instances to delete first to the front: those that aren't ready, those of an old template, the youngest. */
function byWorth(updateRevision: string): (left: Member, right: Member) => number {
  const rank = ({ isReady, isAvailable, revision }: Member): number =>
    (isReady ? 4 : 0) + (isAvailable ? 2 : 0) + (revision === updateRevision ? 1 : 0);
  return (left, right) => rank(left) - rank(right) || byPlace(right, left);
}
