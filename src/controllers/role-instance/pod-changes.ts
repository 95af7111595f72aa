import { roleLabels } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import type { Desire } from './desire.ts';
import type { PodWriter } from './pod-writer.ts';
import type { PodView } from './pod-view.ts';
import { planPods } from './pods.ts';
import { withoutRefused } from './trials.ts';
import type { Trial } from './trials.ts';
import type { Reason } from '../../kube/index.ts';

/** The facts about an instance's pods that {@link changePods} needs. */
export interface PodsFound {
  readonly desire: Desire;
  readonly pods: readonly PodView[];
  /** Why all pods are being replaced, or will be; undefined when they aren't. */
  readonly restarting: Reason | undefined;
  readonly nowMs: number;
}

/** The result of a change of pods. */
export interface PodsChanged {
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
  { desire, pods, restarting, nowMs }: PodsFound,
  signal: AbortSignal,
): Promise<PodsChanged> {
  const { namespace } = instance.metadata;
  const restarts = instance.status?.restarts ?? 0;
  const together = instance.spec.restartPolicy.type === 'RecreateInstanceOnPodRestart';
  const planned = planPods({
    desired: desire.pods,
    pods,
    restarts,
    together,
    holdsBack: restarting?.reason === 'BackOff',
    nowMs,
  });
  const isIdle = planned.create.length + planned.remove.length === 0;
  const refusals = await writer.trials.refusals(namespace, isIdle ? [] : trialsOf(desire), signal);
  const plan = withoutRefused(planned, desire.pods, { refused: refusals, together });
  // No half-made instance: its first pods are created when all of them can be.
  const isFirst = !pods.some(({ owner }) => owner === 'ours');
  const isReady = !isFirst || (refusals.size === 0 && desire.pods.every(({ hasNumbers }) => hasNumbers));
  const drafts = (isReady ? plan.create : []).flatMap(({ name }) => {
    const found = desire.pods.find((each) => each.name === name);
    const marks = { [roleLabels.revision]: found?.revision ?? '', ...(restarts === 0 ? {} : restartMark(restarts)) };
    return found === undefined ? [] : [found.draft(marks)];
  });
  await writer.remove(namespace, plan.remove, signal);
  await writer.adopt(instance, plan.adopt, signal);
  const [refusal] = refusals.values();
  const refused = (await writer.create(drafts, signal)) ?? refusal ?? takenBy(plan.taken);
  const isBusy = drafts.length + plan.remove.length + plan.adopt.length > 0;
  return { isBusy: isBusy && refused === undefined, refused, againMs: plan.againMs };
}

/** The pods that are there to try the templates with: those that have their numbers. */
function trialsOf({ pods }: Desire): readonly Trial[] {
  return pods
    .filter(({ hasNumbers }) => hasNumbers)
    .map(({ revision, draft }) => ({ revision, draft: () => draft({ [roleLabels.revision]: revision }) }));
}

function restartMark(restarts: number): Readonly<Record<string, string>> {
  return { [roleLabels.restarts]: String(restarts) };
}

function takenBy(names: readonly string[]): Reason | undefined {
  if (names.length === 0) return undefined;
  const message = `somebody else's pods have the names ${names.slice(0, 3).join(', ')}: delete them, or choose another name here`;
  return { reason: 'NameTaken', message };
}
