import { conditionTypes, roleLabels } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import type { Clock } from '../../base/clock.ts';
import { referenceTo, secondTime, setCondition } from '../../kube/index.ts';
import type { EventRecorder, Reason } from '../../kube/index.ts';
import { firstThree } from '../../roles/index.ts';
import { decideRestart, planPods, stillRestarting, withoutRefused } from './decide.ts';
import type { DesiredPods, PodView } from './gather.ts';
import type { PodWriter, DryRunPod } from './writer.ts';

/** The parts that {@link restartWhenDue} works with. */
export interface RestartParts {
  readonly writer: PodWriter;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

/** Whether all pods of an instance are being replaced. */
interface Restart {
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
      const restarting = { reason: 'PodRestarted', message };
      const condition = { type: conditionTypes.restarting, status: 'True', ...restarting, observedGeneration } as const;
      const conditions = setCondition(status.conditions ?? [], condition, lastRestartTime);
      const change = { restarts, consecutiveRestarts, lastRestartTime, conditions };
      const object = await writer.writeStatus(instance, change, signal);
      events.record(referenceTo(instance), { type: 'Warning', reason: 'Restarting', message });
      return { object, waitMs: undefined, restarting };
    }
  }
}

/** The facts about an instance's pods that {@link changePods} needs. */
interface PodsFound {
  readonly desired: DesiredPods;
  readonly pods: readonly PodView[];
  /** Why all pods are being replaced, or will be; undefined when they aren't. */
  readonly restarting: Reason | undefined;
  readonly nowMs: number;
}

/** The result of a change of pods. */
interface PodsChanged {
  /** Whether pods changed, so that watches will report them soon. */
  readonly isBusy: boolean;
  /** Why a pod can't be created; undefined when none was refused. */
  readonly refused: Reason | undefined;
  /** In how many milliseconds something is due that no watch will report; undefined when nothing is. */
  readonly againMs: number | undefined;
}

/** Deletes, adopts and creates pods of `instance`: creates them as far as their numbers are there. */
export async function changePods(
  writer: PodWriter,
  instance: RoleInstance,
  { desired, pods, restarting, nowMs }: PodsFound,
  signal: AbortSignal,
): Promise<PodsChanged> {
  const { namespace } = instance.metadata;
  const restarts = instance.status?.restarts ?? 0;
  const together = instance.spec.restartPolicy.type === 'RecreateInstanceOnPodRestart';
  const planned = planPods({
    desired: desired.pods,
    pods,
    restarts,
    together,
    inBackOff: restarting?.reason === 'BackOff',
    nowMs,
  });
  const isIdle = planned.create.length + planned.remove.length === 0;
  const refusals = await writer.dryRuns.refusals(namespace, isIdle ? [] : dryRunPodsOf(desired), signal);
  const plan = withoutRefused(planned, desired.pods, { refused: refusals, together });
  // No half-made instance: its first pods are created when all of them can be.
  const isFirst = !pods.some(({ owner }) => owner === 'ours');
  const isReady = !isFirst || (refusals.size === 0 && desired.pods.every(({ hasNumbers }) => hasNumbers));
  const drafts = (isReady ? plan.create : []).flatMap(({ name }) => {
    const found = desired.pods.find((each) => each.name === name);
    const labels = { [roleLabels.revision]: found?.revision ?? '', ...(restarts === 0 ? {} : restartMark(restarts)) };
    return found === undefined ? [] : [found.draft(labels)];
  });
  await writer.remove(namespace, plan.remove, signal);
  await writer.adopt(instance, plan.adopt, signal);
  const [refusal] = refusals.values();
  const refused = (await writer.create(drafts, signal)) ?? refusal ?? nameTaken(plan.taken);
  const isBusy = drafts.length + plan.remove.length + plan.adopt.length > 0;
  return { isBusy: isBusy && refused === undefined, refused, againMs: plan.againMs };
}

/** The pods to try the templates with: those that have their numbers. */
function dryRunPodsOf({ pods }: DesiredPods): readonly DryRunPod[] {
  return pods
    .filter(({ hasNumbers }) => hasNumbers)
    .map(({ revision, draft }) => ({ revision, draft: () => draft({ [roleLabels.revision]: revision }) }));
}

function restartMark(restarts: number): Readonly<Record<string, string>> {
  return { [roleLabels.restarts]: String(restarts) };
}

function nameTaken(names: readonly string[]): Reason | undefined {
  if (names.length === 0) return undefined;
  const message = `somebody else's pods have the names ${firstThree(names)}: delete them, or choose another name here`;
  return { reason: 'NameTaken', message };
}
