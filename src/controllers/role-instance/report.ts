import { conditionTypes } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import { findCondition, referenceTo, secondTime } from '../../kube/index.ts';
import { canonicalJson } from '../../roles/index.ts';
import type { DesiredPod } from './pods.ts';
import type { PodView } from './pod-view.ts';
import type { RestartParts } from './restarting.ts';
import { decideStatus } from './status.ts';
import type { Reason } from '../../kube/index.ts';

/** The facts about an instance that its status is made of; see {@link decideStatus}. */
export interface Described {
  readonly desired: readonly DesiredPod[];
  readonly pods: readonly PodView[];
  readonly lacking: Reason | undefined;
  readonly obstacle: Reason | undefined;
  readonly restarting: Reason | undefined;
}

/** Writes the status of an instance if it changed, with an Event about a new reason why it lacks ports or can't proceed. */
export async function describe(
  { writer, events, clock }: RestartParts,
  instance: RoleInstance,
  found: Described,
  signal: AbortSignal,
): Promise<void> {
  const status = decideStatus({ instance, ...found, now: secondTime(clock.now()) });
  if (canonicalJson(status) === canonicalJson(instance.status)) return;
  await writer.writeStatus(instance, status, signal);
  const { lacking, obstacle } = found;
  const said = (type: string) => findCondition(instance.status?.conditions, type)?.message;
  if (lacking !== undefined && lacking.reason !== 'Pending' && said(conditionTypes.allocated) !== lacking.message) {
    events.record(referenceTo(instance), { type: 'Warning', ...lacking });
  } else if (obstacle !== undefined && said(conditionTypes.progressing) !== obstacle.message) {
    events.record(referenceTo(instance), { type: 'Warning', ...obstacle });
  }
}
