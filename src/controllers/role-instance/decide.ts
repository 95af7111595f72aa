import { conditionTypes } from '../../api/index.ts';
import type { InstanceRestartPolicy, RoleInstance, RoleInstanceStatus } from '../../api/index.ts';
import { findCondition } from '../../kube/index.ts';
import type { DesiredPod, PodView } from './gather.ts';
import type { Reason } from '../../kube/index.ts';

/** The facts about an instance's pods that {@link planPods} needs. */
export interface PodSituation {
  readonly desired: readonly DesiredPod[];
  readonly pods: readonly PodView[];
  /** How often the instance was restarted: pods with a lower count are deleted. */
  readonly restarts: number;
  /** Whether a new template replaces all pods together, and none of them alone. */
  readonly together: boolean;
  /** Whether pods that were restarted stay for now, because all pods are replaced later. */
  readonly inBackOff: boolean;
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
    else if (pod.isOver && !(situation.inBackOff && pod.wasRestarted)) {
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

/**
 * `plan` without the pods of refused templates: a pod that can't be replaced stays, and where all pods are replaced together,
 * all stay. Pods that aren't wanted any more are deleted nevertheless.
 */
export function withoutRefused(
  plan: PodPlan,
  desired: readonly DesiredPod[],
  { refused, together }: { readonly refused: ReadonlyMap<string, Reason>; readonly together: boolean },
): PodPlan {
  if (refused.size === 0) return plan;
  const held = new Set(desired.filter(({ revision }) => together || refused.has(revision)).map(({ name }) => name));
  return {
    ...plan,
    create: plan.create.filter(({ revision }) => !refused.has(revision)),
    remove: plan.remove.filter(({ name }) => !held.has(name)),
  };
}

/** The facts about an instance that {@link decideRestart} needs. */
export interface RestartSituation {
  readonly policy: InstanceRestartPolicy;
  readonly status: Pick<RoleInstanceStatus, 'restarts' | 'consecutiveRestarts' | 'lastRestartTime'>;
  /** The pods that the instance controls. */
  readonly pods: readonly PodView[];
  readonly nowMs: number;
}

/** Whether all pods of an instance are replaced. */
type RestartDecision =
  | { readonly kind: 'none' }
  /** A pod was restarted, and it is too early to replace all pods. */
  | { readonly kind: 'backOff'; readonly because: string; readonly waitMs: number }
  /** All pods are replaced now. The two counts are written into the status before the first pod is deleted. */
  | { readonly kind: 'restart'; readonly because: string; readonly restarts: number; readonly consecutive: number };

/** After this time without a restart, or twice the longest delay if that is more, the count starts again, in milliseconds. */
const STABLE_MS = 600_000;

/** Decides whether all pods are replaced because one of them was restarted: at once at first, then with back-off. Pure. */
export function decideRestart({ policy, status, pods, nowMs }: RestartSituation): RestartDecision {
  const done = status.restarts ?? 0;
  const restarted = pods.find((pod) => pod.wasRestarted && !pod.isTerminating && pod.restarts >= done);
  if (policy.type === 'None' || restarted === undefined) return { kind: 'none' };
  const sinceMs = status.lastRestartTime === undefined ? Infinity : nowMs - Date.parse(status.lastRestartTime);
  const isStable = sinceMs > Math.max(STABLE_MS, 2 * policy.maxDelaySeconds * 1000);
  const inARow = isStable ? 0 : (status.consecutiveRestarts ?? 0);
  const waitMs = delayMs(policy, inARow) - sinceMs;
  const because = restarted.name;
  if (waitMs > 0) return { kind: 'backOff', because, waitMs };
  // The counts on the pods matter, too, because a status can be lost.
  const restarts = Math.max(done, ...pods.map((pod) => pod.restarts)) + 1;
  return { kind: 'restart', because, restarts, consecutive: inARow + 1 };
}

/** How long after the last of `inARow` restarts the next may come, in milliseconds. */
function delayMs({ baseDelaySeconds, maxDelaySeconds }: InstanceRestartPolicy, inARow: number): number {
  if (inARow === 0) return 0;
  return Math.min(baseDelaySeconds * 2 ** (inARow - 1), maxDelaySeconds) * 1000;
}

/** Why pods are still being replaced; undefined without a restart, and when all pods are ready again. */
export function stillRestarting({ status, spec }: RoleInstance, pods: readonly PodView[]): Reason | undefined {
  const before = findCondition(status?.conditions, conditionTypes.restarting);
  const restarts = status?.restarts ?? 0;
  const wanted = spec.components.reduce((sum, { size }) => sum + size, 0);
  const isOver = pods.filter((pod) => pod.isReady && pod.restarts >= restarts).length >= wanted;
  if (before === undefined || before.status !== 'True' || isOver) return undefined;
  return { reason: before.reason, message: before.message };
}
