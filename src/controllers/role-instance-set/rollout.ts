import { countOf } from '../../api/index.ts';
import { byPlace } from './member.ts';
import type { Member } from './member.ts';

/** How a set updates its instances to a new template. */
export interface Rollout {
  readonly replicas: number;
  readonly updateRevision: string;
  /** How many of the first instances keep their template. */
  readonly partition: number;
  /** A number of instances, or a percentage of them such as `10%`. */
  readonly maxUnavailable: number | string;
}

/**
 * Decides which instances get the new template now: from the last to the first, and no more at once than may be unavailable.
 * Instances that are unavailable anyway don't count, so that a template that never gets ready can be replaced. Pure.
 */
export function decideRollout(rollout: Rollout, members: readonly Member[]): readonly Member[] {
  const { replicas, updateRevision, partition } = rollout;
  const kept = members.filter(({ isTerminating, ordinal }) => !isTerminating && (ordinal ?? 0) < replicas);
  const inPlace = kept.toSorted(byPlace);
  const isOutdated = ({ revision }: Member): boolean => revision !== updateRevision;
  const candidates = inPlace.filter((member, at) => (member.ordinal ?? at) >= partition && isOutdated(member));
  const unavailable = replicas - inPlace.filter(({ isAvailable }) => isAvailable).length;
  let room = countOf(rollout.maxUnavailable, replicas) - unavailable;
  return candidates.toReversed().filter(({ isAvailable }) => !isAvailable || room-- > 0);
}

/** The revision of a new instance at `place`: before the partition the current one, from the partition on the newest. */
export function revisionFor(
  place: number,
  { partition }: Pick<Rollout, 'partition'>,
  revisions: { readonly current: string; readonly update: string },
): string {
  return place < partition ? revisions.current : revisions.update;
}
