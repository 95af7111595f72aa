import { conditionTypes } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import type { Clock } from '../../base/clock.ts';
import { findCondition, referenceTo, secondTime, setCondition } from '../../kube/index.ts';
import type { EventRecorder, Reason } from '../../kube/index.ts';
import type { PodWriter } from './pod-writer.ts';
import type { PodView } from './pod-view.ts';
import { decideRestart } from './restart.ts';

/** The parts that {@link restartWhenDue} works with. */
export interface RestartParts {
  readonly writer: PodWriter;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

/** The restart of an instance, as far as it is. */
export interface Restart {
  /** The instance as it was written last. */
  readonly object: RoleInstance;
  /** Why all pods are being replaced, or will be; undefined when they aren't. */
  readonly restarting: Reason | undefined;
  /** In how many milliseconds the next restart is due; undefined when none is. */
  readonly waitMs: number | undefined;
}

/**
 * Begins to replace all pods when one was restarted and the policy says so. The restart is written into the status before the
 * first pod is deleted.
 * @param ours the pods that the instance controls
 */
export async function restartWhenDue(
  { writer, events, clock }: RestartParts,
  instance: RoleInstance,
  ours: readonly PodView[],
  signal: AbortSignal,
): Promise<Restart> {
  const { status = {}, spec } = instance;
  const decision = decideRestart({ policy: spec.restartPolicy, status, pods: ours, nowMs: clock.now() });
  switch (decision.kind) {
    case 'none':
      return { object: instance, waitMs: undefined, restarting: stillRestarting(instance, ours) };
    case 'backOff': {
      const message = `${decision.because} was restarted: all pods are replaced later, so as not to do it too often`;
      return { object: instance, waitMs: decision.waitMs, restarting: { reason: 'BackOff', message } };
    }
    case 'restart': {
      const { restarts, consecutive: consecutiveRestarts, because } = decision;
      const lastRestartTime = secondTime(clock.now());
      const message = `${because} was restarted: all pods are replaced`;
      const { generation: observedGeneration } = instance.metadata;
      const said = { status: 'True', reason: 'PodRestarted', message, observedGeneration } as const;
      const condition = { type: conditionTypes.restarting, ...said };
      const conditions = setCondition(status.conditions ?? [], condition, lastRestartTime);
      const change = { restarts, consecutiveRestarts, lastRestartTime, conditions };
      const object = await writer.writeStatus(instance, change, signal);
      events.record(referenceTo(instance), { type: 'Warning', reason: 'Restarting', message });
      return { object, waitMs: undefined, restarting: { reason: 'PodRestarted', message } };
    }
  }
}

/** Why pods are still being replaced; undefined without a restart, and when all pods are ready again. */
function stillRestarting({ status, spec }: RoleInstance, pods: readonly PodView[]): Reason | undefined {
  const before = findCondition(status?.conditions, conditionTypes.restarting);
  const restarts = status?.restarts ?? 0;
  const wanted = spec.components.reduce((sum, { size }) => sum + size, 0);
  const isOver = pods.filter((pod) => pod.isReady && pod.restarts >= restarts).length >= wanted;
  if (before === undefined || before.status !== 'True' || isOver) return undefined;
  return { reason: before.reason, message: before.message };
}
