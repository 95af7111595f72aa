import { parseRoleInstance } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import { keyOf, parseKey, secondTime } from '../../kube/index.ts';
import {
  LACKING_AGAIN_MS,
  LOOK_FOR_PODS_MS,
  TRY_AGAIN_MS,
  createServices,
  faultsBy,
  releaseRemains,
  reportStatus,
  roleNameOf,
  unlessGone,
} from '../../roles/index.ts';
import type { RoleReconcilerParts } from '../../roles/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { portsOfComponents } from '../../workload/role/index.ts';
import { changePods, restartWhenDue } from './apply.ts';
import type { RestartParts } from './apply.ts';
import { Burst } from './burst.ts';
import { InstanceDeletion } from './deletion.ts';
import { desiredPodsOf, viewPod } from './gather.ts';
import type { DesiredPods, PodView } from './gather.ts';
import { keepPorts, lookupFor, needsNumbers, setNameOf, shownChange } from './ports.ts';
import type { InstancePorts } from './ports.ts';
import { decideStatus } from './status.ts';
import type { StatusSituation } from './status.ts';
import { PodWriter } from './writer.ts';
import type { Reason } from '../../kube/index.ts';

/** How long the status waits after pods were created or deleted, to include what follows from it, in milliseconds. */
const REPORT_AFTER_MS = 250;
/** How often to check ports that are being given up, in milliseconds: one that was used again has to be given up again. */
const LEAVING_AGAIN_MS = 15_000;
/** How soon to check again whether a report still has to wait for a burst, in milliseconds. */
const REPORT_AGAIN_MS = 1_000;
/** How often to try a pod again that the API server refuses, in milliseconds: a quota may have been raised. */
const REFUSED_AGAIN_MS = 10_000;

const faultsIn = faultsBy(parseRoleInstance);

/** Reconciles RoleInstances: each pod exists with its numbers, or not at all. */
export class RoleInstanceReconciler {
  readonly #parts: RoleReconcilerParts & RestartParts;
  readonly #deletion: InstanceDeletion;
  /** The keys of the instances with a reference that can't be resolved yet. */
  readonly #waiting = new Set<string>();
  readonly #burst = new Burst();

  constructor(parts: RoleReconcilerParts) {
    const writer = new PodWriter(parts.client, parts.index.caches);
    this.#parts = { ...parts, writer };
    this.#deletion = new InstanceDeletion({ ...parts, writer });
  }

  /** The keys of the instances in `namespace` with a reference that can't be resolved yet. */
  waitingIn(namespace: string): readonly string[] {
    return [...this.#waiting].filter((key) => key.startsWith(`${namespace}/`));
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { namespace = '', name } = parseKey(key);
    const instance = this.#parts.index.caches.instances.get(namespace, name);
    if (instance === undefined || instance.metadata.deletionTimestamp !== undefined) {
      this.#waiting.delete(key);
      this.#burst.forget(key);
      if (instance !== undefined) return unlessGone(() => this.#deletion.advance(instance, signal));
      const isLeft = await releaseRemains(this.#parts, { kind: 'RoleInstance', namespace, name }, signal);
      return isLeft ? { kind: 'again', afterMs: LOOK_FOR_PODS_MS } : { kind: 'settled' };
    }
    const faults = faultsIn(instance);
    if (faults.length > 0) return { kind: 'stuck', cause: new Error(`${key}: ${faults.join('; ')}`) };
    return unlessGone(() => this.#serve(key, instance, signal));
  }

  /** Records an instance that the cache shows: a new instance is about to get pods. */
  expect(object: RoleInstance): void {
    const isNew = object.status?.observedGeneration === undefined && object.metadata.deletionTimestamp === undefined;
    this.#burst.observe(keyOf(object), isNew, this.#parts.clock.now());
  }

  async #serve(key: string, seen: RoleInstance, signal: AbortSignal): Promise<Outcome> {
    const { writer, clock } = this.#parts;
    const { instance, read } = await this.#readyToHold(seen, signal);
    if (!read.ok) {
      const found = { desired: [], pods: this.#pods(instance), restarting: undefined };
      await this.#report(instance, { ...found, lacking: read.error, obstacle: read.error }, signal);
      return { kind: 'settled' };
    }
    const components = read.value;
    // The Services of a set are the set's.
    if (setNameOf(instance) === undefined)
      await createServices(this.#parts, instance, instance.spec.components, signal);
    const ports = await keepPorts(this.#parts, instance, components, signal);
    const lookup = lookupFor(this.#parts, instance);
    const desired = desiredPodsOf({ instance, components, numbers: ports.numbers, lookup });
    if (desired.reference !== undefined) this.#waiting.add(key);
    else this.#waiting.delete(key);
    const ours = this.#pods(instance).filter(({ owner }) => owner === 'ours');
    const { object, restarting, waitMs } = await restartWhenDue(this.#parts, instance, ours, signal);
    const before = { desired, pods: this.#pods(object), restarting, nowMs: clock.now() };
    const done = await changePods(writer, object, before, signal);
    const nowMs = clock.now();
    this.#burst.note(key, ports.lacking?.reason === 'Pending', nowMs);
    if (this.#burst.holdsBack(key, nowMs)) return { kind: 'again', afterMs: REPORT_AGAIN_MS };
    const change = shownChange(object, components, ports.numbers);
    if (change !== undefined) await writer.show(object, change, signal);
    if (done.isBusy) return { kind: 'again', afterMs: REPORT_AFTER_MS };
    const lacking = ports.lacking ?? lackingReference(desired);
    const obstacle = faultOf(desired) ?? done.refused;
    const found = { desired: desired.pods, pods: this.#pods(object), lacking, obstacle, restarting };
    await this.#report(object, found, signal);
    const refusedMs = done.refused === undefined ? undefined : REFUSED_AGAIN_MS;
    return soonest([waitMs, done.againMs, lookAgainMs(ports), refusedMs]);
  }

  /** Reads the ports of an instance, and adds the finalizer before the first number is asked for. */
  async #readyToHold(instance: RoleInstance, signal: AbortSignal) {
    const read = portsOfComponents(instance.spec.components);
    const isHolder = read.ok && needsNumbers(instance, read.value);
    return { instance: isHolder ? await this.#parts.writer.addFinalizer(instance, signal) : instance, read };
  }

  #report(instance: RoleInstance, found: Omit<StatusSituation, 'now'>, signal: AbortSignal): Promise<void> {
    const status = decideStatus(instance, { ...found, now: secondTime(this.#parts.clock.now()) });
    return reportStatus(this.#parts, instance, status, signal);
  }

  #pods(instance: RoleInstance): readonly PodView[] {
    return this.#parts.index.podsOf(roleNameOf(instance)).map((pod) => viewPod(pod, instance.metadata.uid));
  }
}

function soonest(due: readonly (number | undefined)[]): Outcome {
  const waits = due.filter((each) => each !== undefined);
  return waits.length === 0 ? { kind: 'settled' } : { kind: 'again', afterMs: Math.max(1, Math.min(...waits)) };
}

/** In how many milliseconds the ports have to be checked again though no watch reports a change; undefined for never. */
function lookAgainMs({ lacking, hasMore }: InstancePorts): number | undefined {
  if (lacking?.reason === 'LedgerUnavailable') return TRY_AGAIN_MS;
  if (hasMore) return LEAVING_AGAIN_MS;
  return lacking === undefined ? undefined : LACKING_AGAIN_MS;
}

function lackingReference({ reference }: DesiredPods): Reason | undefined {
  if (reference === undefined) return undefined;
  return { reason: reference.kind === 'fault' ? 'InvalidReference' : 'WaitingForRole', message: reference.message };
}

function faultOf({ reference }: DesiredPods): Reason | undefined {
  return reference?.kind === 'fault' ? { reason: 'InvalidReference', message: reference.message } : undefined;
}
