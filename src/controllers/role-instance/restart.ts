import type { InstanceRestartPolicy, RoleInstanceStatus } from '../../api/index.ts';
import type { PodView } from './pod-view.ts';

/** The facts about an instance that {@link decideRestart} needs. */
export interface RestartSituation {
  readonly policy: InstanceRestartPolicy;
  readonly status: Pick<RoleInstanceStatus, 'restarts' | 'consecutiveRestarts' | 'lastRestartTime'>;
  /** The pods that the instance controls. */
  readonly pods: readonly PodView[];
  readonly nowMs: number;
}

/** Whether all pods of an instance are replaced. */
export type RestartDecision =
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
  const culprit = pods.find((pod) => pod.wasRestarted && !pod.isTerminating && pod.restarts >= done);
  if (policy.type === 'None' || culprit === undefined) return { kind: 'none' };
  const sinceMs = status.lastRestartTime === undefined ? Infinity : nowMs - Date.parse(status.lastRestartTime);
  const isStable = sinceMs > Math.max(STABLE_MS, 2 * policy.maxDelaySeconds * 1000);
  const inARow = isStable ? 0 : (status.consecutiveRestarts ?? 0);
  const waitMs = delayMs(policy, inARow) - sinceMs;
  const because = culprit.name;
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
