import type { PodView } from './pod-view.ts';

/** A pod that the instance is to have. */
export interface DesiredPod {
  readonly name: string;
  readonly component: string;
  readonly index: number;
  /** Of its component's template as it is now. */
  readonly revision: string;
  /** Whether every number that it needs is there. */
  readonly hasNumbers: boolean;
}

/** What was gathered about an instance's pods. */
export interface PodSituation {
  readonly desired: readonly DesiredPod[];
  readonly pods: readonly PodView[];
  /** How often the instance was restarted: pods of before have to go. */
  readonly restarts: number;
  /** Whether the pods belong together so closely that none is replaced alone because of a new template. */
  readonly together: boolean;
  /** Whether pods that were restarted are left alone, because all are to be replaced later. */
  readonly holdsBack: boolean;
  readonly nowMs: number;
}

/** What is to be done about them. */
export interface PodPlan {
  readonly create: readonly DesiredPod[];
  readonly remove: readonly PodView[];
  /** Made by nobody whom we know, under a name that is the instance's: to be taken over. */
  readonly adopt: readonly PodView[];
  /** Names that somebody else's pods have. */
  readonly taken: readonly string[];
  /** When something is due that no change will tell of, in milliseconds. */
  readonly againMs: number | undefined;
}

/** A pod that ends at once isn't replaced before it is this old, in milliseconds. */
const REPLACED_AT_AGE_MS = 5_000;

/** Decides which pods to create, to delete and to take over. A name is free when the pod that had it is gone. */
export function planPods(situation: PodSituation): PodPlan {
  const { desired, pods, nowMs } = situation;
  const byName = new Map(pods.map((pod) => [pod.name, pod]));
  const wanted = new Map(desired.map((each) => [each.name, each]));
  const ours = pods.filter(({ owner, isTerminating }) => owner === 'ours' && !isTerminating);
  const isOutdated = (pod: PodView): boolean => wanted.get(pod.name)?.revision !== pod.revision;
  const allGo = situation.together && ours.some((pod) => wanted.has(pod.name) && isOutdated(pod));
  const remove: PodView[] = [];
  let againMs: number | undefined;
  for (const pod of ours) {
    const isOld = pod.restarts < situation.restarts;
    if (!wanted.has(pod.name) || isOld || allGo || isOutdated(pod)) remove.push(pod);
    else if (pod.isOver && !(situation.holdsBack && pod.wasRestarted)) {
      const wait = pod.createdMs + REPLACED_AT_AGE_MS - nowMs;
      if (wait <= 0) remove.push(pod);
      else againMs = Math.min(againMs ?? wait, wait);
    }
  }
  const isFree = ({ name }: DesiredPod): boolean => !byName.has(name);
  // After a restart none is made before all of the former ones are gone: the new ones would meet them.
  const isClear = !pods.some(({ owner, restarts }) => owner === 'ours' && restarts < situation.restarts);
  return {
    create: isClear ? desired.filter((each) => isFree(each) && each.hasNumbers) : [],
    remove,
    adopt: pods.filter(({ owner, name, isTerminating }) => owner === 'nobody' && wanted.has(name) && !isTerminating),
    taken: pods.filter(({ owner, name }) => owner === 'other' && wanted.has(name)).map(({ name }) => name),
    againMs,
  };
}
