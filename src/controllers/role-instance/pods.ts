import type { PodView } from './pod-view.ts';

/** A pod that an instance is to have. */
export interface DesiredPod {
  readonly name: string;
  readonly component: string;
  readonly index: number;
  /** The revision of its component's current template. */
  readonly revision: string;
  /** Whether every number that the pod needs is there. */
  readonly hasNumbers: boolean;
}

/** The facts about an instance's pods that {@link planPods} needs. */
export interface PodSituation {
  readonly desired: readonly DesiredPod[];
  readonly pods: readonly PodView[];
  /** How often the instance was restarted: pods with a lower count are deleted. */
  readonly restarts: number;
  /** Whether a new template replaces all pods together, and none of them alone. */
  readonly together: boolean;
  /** Whether pods that were restarted stay for now, because all pods are replaced later. */
  readonly holdsBack: boolean;
  readonly nowMs: number;
}

/** The changes of an instance's pods. */
export interface PodPlan {
  readonly create: readonly DesiredPod[];
  readonly remove: readonly PodView[];
  /** Pods without a controller under names of the instance: to be adopted. */
  readonly adopt: readonly PodView[];
  /** Names of the instance that pods of other objects have. */
  readonly taken: readonly string[];
  /** In how many milliseconds something is due that no watch will report; undefined when nothing is. */
  readonly againMs: number | undefined;
}

/** A pod that has ended isn't replaced before it is this old, in milliseconds. */
const REPLACED_AT_AGE_MS = 5_000;

/** Decides which pods to create, to delete and to adopt. A name is free when no pod has it any more. Pure. */
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
  // After a restart no pod is created before all former pods are gone: the new ones would meet them.
  const isClear = !pods.some(({ owner, restarts }) => owner === 'ours' && restarts < situation.restarts);
  return {
    create: isClear ? desired.filter((each) => isFree(each) && each.hasNumbers) : [],
    remove,
    adopt: pods.filter(({ owner, name, isTerminating }) => owner === 'nobody' && wanted.has(name) && !isTerminating),
    taken: pods.filter(({ owner, name }) => owner === 'other' && wanted.has(name)).map(({ name }) => name),
    againMs,
  };
}
