import { parseRoleInstance } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import { keyOf, parseKey } from '../../kube/index.ts';
import {
  LACKING_AGAIN_MS,
  TRY_AGAIN_MS,
  judge,
  makeServices,
  ownerReferenceTo,
  whileItLasts,
} from '../../roles/index.ts';
import type { RoleReconcilerParts } from '../../roles/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { portsOfComponents } from '../../workload/role/index.ts';
import { Burst } from './burst.ts';
import { Departure } from './departure.ts';
import { desirePods } from './desire.ts';
import type { Desire } from './desire.ts';
import { PodWriter } from './pod-writer.ts';
import { PortsOfInstances, needsNumbers, setOf } from './instance-ports.ts';
import type { InstancePorts } from './instance-ports.ts';
import { shownChange } from './output.ts';
import { changePods } from './pod-changes.ts';
import { viewPod } from './pod-view.ts';
import type { PodView } from './pod-view.ts';
import { describe } from './report.ts';
import { restartWhenDue } from './restarting.ts';
import type { RestartParts } from './restarting.ts';
import type { Reason } from '../../kube/index.ts';

/** How long the status waits after pods were created or deleted, to include what follows from it, in milliseconds. */
const DESCRIBE_AFTER_MS = 250;
/** How often to check ports that are being given up, in milliseconds: one that was used again has to be given up again. */
const LEAVING_AGAIN_MS = 15_000;
/** How soon to check again whether a report still has to wait for a burst, in milliseconds. */
const REPORT_AGAIN_MS = 1_000;
/** How often to try a pod again that the API server refuses, in milliseconds: a quota may have been raised. */
const REFUSED_AGAIN_MS = 10_000;

const faultsIn = judge(parseRoleInstance);

/** Reconciles RoleInstances: each pod exists with its numbers, or not at all. */
export class RoleInstanceReconciler {
  readonly #parts: RoleReconcilerParts & RestartParts;
  readonly #ports: PortsOfInstances;
  readonly #departure: Departure;
  readonly #waiting = new Set<string>();
  readonly #burst = new Burst();
  readonly #met = new Set<string>();

  constructor(parts: RoleReconcilerParts) {
    const { client, index } = parts;
    const writer = new PodWriter(client, index.caches);
    this.#parts = { ...parts, writer };
    this.#ports = new PortsOfInstances(parts, parts.holdings);
    this.#departure = new Departure({ ...parts, writer });
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
      this.#met.delete(key);
      return instance === undefined
        ? this.#departure.afterwards(namespace, name, signal)
        : whileItLasts(() => this.#departure.end(instance, signal));
    }
    const faults = faultsIn(instance);
    if (faults.length > 0) return { kind: 'stuck', cause: new Error(`${key}: ${faults.join('; ')}`) };
    return whileItLasts(() => this.#serve(key, instance, signal));
  }

  /** Records an instance that the cache shows: a new instance is about to get pods. */
  expect(object: RoleInstance): void {
    const key = keyOf(object);
    if (this.#met.has(key)) return;
    this.#met.add(key);
    const isNew = object.status?.observedGeneration === undefined && object.metadata.deletionTimestamp === undefined;
    if (isNew) this.#burst.note(key, true, this.#parts.clock.now());
  }

  async #serve(key: string, seen: RoleInstance, signal: AbortSignal): Promise<Outcome> {
    const { writer, clock, enqueue } = this.#parts;
    const { instance, read } = await this.#readyToHold(seen, signal);
    if (!read.ok) {
      const found = { desired: [], pods: this.#pods(instance), restarting: undefined };
      await describe(this.#parts, instance, { ...found, lacking: read.error, obstacle: read.error }, signal);
      return { kind: 'settled' };
    }
    const components = read.value;
    await this.#makeServices(instance, signal);
    const ports = await this.#ports.keep(instance, components, () => enqueue(key), signal);
    const desire = desirePods({ instance, components, numbers: ports.numbers, lookup: this.#ports.lookup(instance) });
    if (desire.reference !== undefined) this.#waiting.add(key);
    else this.#waiting.delete(key);
    const ours = this.#pods(instance).filter(({ owner }) => owner === 'ours');
    const { object, restarting, waitMs } = await restartWhenDue(this.#parts, instance, ours, signal);
    const before = { desire, pods: this.#pods(object), restarting, nowMs: clock.now() };
    const done = await changePods(writer, object, before, signal);
    const nowMs = clock.now();
    this.#burst.note(key, ports.lacking?.reason === 'Pending', nowMs);
    if (this.#burst.holdsBack(key, nowMs)) return { kind: 'again', afterMs: REPORT_AGAIN_MS };
    const change = shownChange(object, components, ports.numbers);
    if (change !== undefined) await writer.show(object, change, signal);
    if (done.isBusy) return { kind: 'again', afterMs: DESCRIBE_AFTER_MS };
    const lacking = ports.lacking ?? lackingReference(desire);
    const obstacle = faultOf(desire) ?? done.refused;
    const found = { desired: desire.pods, pods: this.#pods(object), lacking, obstacle, restarting };
    await describe(this.#parts, object, found, signal);
    const refusedMs = done.refused === undefined ? undefined : REFUSED_AGAIN_MS;
    return soonest([waitMs, done.againMs, lookAgainMs(ports), refusedMs]);
  }

  /** Reads the ports of an instance, and adds the finalizer before the first number is asked for. */
  async #readyToHold(instance: RoleInstance, signal: AbortSignal) {
    const read = portsOfComponents(instance.spec.components);
    const isHolder = read.ok && needsNumbers(instance, read.value);
    return { instance: isHolder ? await this.#parts.writer.hold(instance, signal) : instance, read };
  }

  /** Creates the Services of an instance without a set: those of a set are the set's. */
  async #makeServices(instance: RoleInstance, signal: AbortSignal): Promise<void> {
    if (setOf(instance) !== undefined) return;
    const { client, index } = this.#parts;
    const { namespace } = instance.metadata;
    const owner = { namespace, owner: ownerReferenceTo(instance) };
    await makeServices(owner, instance.spec.components, { client, services: index.caches.services }, signal);
  }

  #pods({ metadata: { namespace, name, uid } }: RoleInstance): readonly PodView[] {
    return this.#parts.index.podsOfInstance(namespace, name).map((pod) => viewPod(pod, uid));
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

function lackingReference({ reference }: Desire): Reason | undefined {
  if (reference === undefined) return undefined;
  return { reason: reference.kind === 'fault' ? 'InvalidReference' : 'WaitingForRole', message: reference.message };
}

function faultOf({ reference }: Desire): Reason | undefined {
  return reference?.kind === 'fault' ? { reason: 'InvalidReference', message: reference.message } : undefined;
}
