import { conditionTypes, parseRoleInstance, roleLabels } from '../../api/index.ts';
import type { Faults, RoleInstance } from '../../api/index.ts';
import type { Clock } from '../../base/clock.ts';
import { findCondition, isApiError, parseKey, secondTime, setCondition } from '../../kube/index.ts';
import type { ClusterClient, EventRecorder } from '../../kube/index.ts';
import { canonicalJson, makeServices, ownerReferenceTo } from '../../roles/index.ts';
import type { RoleIndex } from '../../roles/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { portsOfComponents } from '../../workload/role/index.ts';
import type { ComponentPorts } from '../../workload/role/index.ts';
import { Burst } from './burst.ts';
import { desirePods } from './desire.ts';
import type { Desire } from './desire.ts';
import { Hands } from './hands.ts';
import { PortsOfInstances, setOf } from './instance-ports.ts';
import type { InstancePorts } from './instance-ports.ts';
import { shownChange } from './output.ts';
import { viewPod } from './pod-view.ts';
import type { PodView } from './pod-view.ts';
import { planPods } from './pods.ts';
import { decideRestart } from './restart.ts';
import { decideStatus } from './status.ts';
import type { Said } from './status.ts';

/** What the reconciler is made of. */
export interface InstanceReconcilerParts {
  readonly client: ClusterClient;
  readonly index: RoleIndex;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

/** After pods were made or deleted the status waits for what comes of it, in milliseconds. */
const DESCRIBE_AFTER_MS = 250;
/** How soon it is looked again whether a report still gives way, in milliseconds. */
const REPORT_AGAIN_MS = 1_000;
/** A pod that the API server refuses is tried again this often, in milliseconds: a quota may have been raised. */
const REFUSED_AGAIN_MS = 10_000;
/** When something was gone that the cache still shows, in milliseconds. */
const GONE_AGAIN_MS = 1_000;
/** How soon it is looked again whether the pods of an instance that is gone have ended, in milliseconds. */
const LOOK_FOR_PODS_MS = 2_000;

/** Keeps the pods of a RoleInstance: each with its numbers, or not at all. */
export class RoleInstanceReconciler {
  readonly #parts: InstanceReconcilerParts;
  readonly #ports: PortsOfInstances;
  readonly #hands: Hands;
  readonly #waiting = new Set<string>();
  readonly #burst = new Burst();

  constructor(parts: InstanceReconcilerParts) {
    this.#parts = parts;
    const { client, index } = parts;
    this.#ports = new PortsOfInstances(client, index);
    this.#hands = new Hands({ client, caches: index.caches });
  }

  /** Keys of the instances in `namespace` of which a reference comes to nothing yet. */
  waitingIn(namespace: string): readonly string[] {
    return [...this.#waiting].filter((key) => key.startsWith(`${namespace}/`));
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { namespace = '', name } = parseKey(key);
    const instance = this.#parts.index.caches.instances.get(namespace, name);
    if (instance === undefined || instance.metadata.deletionTimestamp !== undefined) {
      this.#waiting.delete(key);
      this.#burst.forget(key);
      const isUsed = await this.#ports.leave(namespace, name, instance === undefined, signal);
      return isUsed ? { kind: 'again', afterMs: LOOK_FOR_PODS_MS } : { kind: 'settled' };
    }
    const faults = faultsIn(instance);
    if (faults.length > 0) return { kind: 'stuck', cause: new Error(`${key}: ${faults.join('; ')}`) };
    try {
      return await this.#serve(key, instance, signal);
    } catch (error) {
      // Whatever is made in a namespace that ends, it ends with it.
      if (isApiError(error, 'namespaceTerminating')) return { kind: 'settled' };
      // It went while it was being looked at, and the cache will tell.
      if (isApiError(error, 'notFound')) return { kind: 'again', afterMs: GONE_AGAIN_MS };
      throw error;
    }
  }

  async #serve(key: string, instance: RoleInstance, signal: AbortSignal): Promise<Outcome> {
    const read = portsOfComponents(instance.spec.components);
    if (!read.ok) {
      await this.#describe(instance, { ...NOTHING, lacking: read.error, obstacle: read.error }, signal);
      return { kind: 'settled' };
    }
    const components = read.value;
    await this.#makeServices(instance, signal);
    const ports = await this.#ports.keep(instance, components, this.#hasFormer(instance, components), signal);
    const desire = desirePods({ instance, components, numbers: ports.numbers, lookup: this.#ports.lookup(instance) });
    if (desire.reference !== undefined) this.#waiting.add(key);
    else this.#waiting.delete(key);
    const { object, restarting, waitMs } = await this.#restart(instance, signal);
    const done = await this.#changePods(object, desire, { restarting, signal });
    const nowMs = this.#parts.clock.now();
    this.#burst.note(key, ports.lacking?.reason === 'Pending', nowMs);
    if (this.#burst.holdsBack(key, nowMs)) return { kind: 'again', afterMs: REPORT_AGAIN_MS };
    const change = shownChange(object, components, ports.numbers);
    if (change !== undefined) await this.#hands.show(object, change, signal);
    if (done.isBusy) return { kind: 'again', afterMs: DESCRIBE_AFTER_MS };
    const lacking = ports.lacking ?? lackingReference(desire);
    const obstacle = ports.obstacle ?? faultOf(desire) ?? done.refused;
    await this.#describe(object, { desire, lacking, obstacle, restarting }, signal);
    const due = [waitMs, done.againMs, done.refused === undefined ? undefined : REFUSED_AGAIN_MS];
    const waits = due.filter((each) => each !== undefined);
    return waits.length === 0 ? { kind: 'settled' } : { kind: 'again', afterMs: Math.max(1, Math.min(...waits)) };
  }

  /** An instance of a set has the set's Services. */
  async #makeServices(instance: RoleInstance, signal: AbortSignal): Promise<void> {
    if (setOf(instance) !== undefined) return;
    const { client, index } = this.#parts;
    const { namespace, name } = instance.metadata;
    const selector = { [roleLabels.roleInstance]: name };
    const owner = { namespace, owner: ownerReferenceTo(instance), selector };
    await makeServices(owner, instance.spec.components, { client, services: index.caches.services }, signal);
  }

  /** Replaces all pods when one was restarted and the policy says so: what is to go is written down before it goes. */
  async #restart(instance: RoleInstance, signal: AbortSignal): Promise<Restart> {
    const { clock } = this.#parts;
    const { status = {}, spec } = instance;
    const pods = this.#pods(instance).filter(({ owner }) => owner === 'ours');
    const decision = decideRestart({ policy: spec.restartPolicy, status, pods, nowMs: clock.now() });
    switch (decision.kind) {
      case 'none':
        return { object: instance, waitMs: undefined, restarting: stillRestarting(instance, pods) };
      case 'backOff': {
        const message = `${decision.because} was restarted: all pods are replaced later, so as not to do it too often`;
        return { object: instance, waitMs: decision.waitMs, restarting: { reason: 'BackOff', message } };
      }
      case 'restart': {
        const { restarts, consecutive: consecutiveRestarts, because } = decision;
        const lastRestartTime = secondTime(clock.now());
        const message = `${because} was restarted: all pods are replaced`;
        const { generation: observedGeneration } = instance.metadata;
        const restartingSaid = { status: 'True', reason: 'PodRestarted', message, observedGeneration } as const;
        const condition = { type: conditionTypes.restarting, ...restartingSaid };
        const conditions = setCondition(status.conditions ?? [], condition, lastRestartTime);
        const change = { restarts, consecutiveRestarts, lastRestartTime, conditions };
        const object = await this.#hands.writeStatus(instance, change, signal);
        this.#tell(instance, { type: 'Warning', reason: 'Restarting', message });
        return { object, waitMs: undefined, restarting: { reason: 'PodRestarted', message } };
      }
    }
  }

  async #changePods(
    instance: RoleInstance,
    desire: Desire,
    { restarting, signal }: { readonly restarting: Said | undefined; readonly signal: AbortSignal },
  ): Promise<PodsChanged> {
    const { namespace } = instance.metadata;
    const restarts = instance.status?.restarts ?? 0;
    const pods = this.#pods(instance);
    const isTogether = instance.spec.restartPolicy.type === 'RecreateInstanceOnPodRestart';
    const plan = planPods({
      desired: desire.pods,
      pods,
      restarts,
      together: isTogether,
      holdsBack: restarting?.reason === 'BackOff',
      nowMs: this.#parts.clock.now(),
    });
    // Nothing half made: the first pods come when all can come.
    const isFirst = !pods.some(({ owner }) => owner === 'ours');
    const isReady = !isFirst || desire.pods.every(({ hasNumbers }) => hasNumbers);
    const drafts = (isReady ? plan.create : []).flatMap(({ name }) => {
      const found = desire.pods.find((each) => each.name === name);
      const marks = { [roleLabels.revision]: found?.revision ?? '', ...(restarts === 0 ? {} : restartMark(restarts)) };
      return found === undefined ? [] : [found.draft(marks)];
    });
    await this.#hands.remove(namespace, plan.remove, signal);
    await this.#hands.adopt(instance, plan.adopt, signal);
    const refused = (await this.#hands.create(drafts, signal)) ?? takenBy(plan.taken);
    const isBusy = drafts.length + plan.remove.length + plan.adopt.length > 0;
    return { isBusy: isBusy && refused === undefined, refused, againMs: plan.againMs };
  }

  async #describe(instance: RoleInstance, found: Described, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const status = decideStatus({
      instance,
      desired: found.desire.pods,
      pods: this.#pods(instance),
      lacking: found.lacking,
      obstacle: found.obstacle,
      restarting: found.restarting,
      now: secondTime(clock.now()),
    });
    if (canonicalJson(status) === canonicalJson(instance.status)) return;
    await this.#hands.writeStatus(instance, status, signal);
    this.#tellOfPorts(instance, found);
  }

  #tellOfPorts(instance: RoleInstance, { lacking, obstacle }: Described): void {
    const said = (type: string) => findCondition(instance.status?.conditions, type)?.message;
    if (lacking !== undefined && lacking.reason !== 'Pending' && said(conditionTypes.allocated) !== lacking.message) {
      this.#tell(instance, { type: 'Warning', ...lacking });
    } else if (obstacle !== undefined && said(conditionTypes.progressing) !== obstacle.message) {
      this.#tell(instance, { type: 'Warning', ...obstacle });
    }
  }

  #hasFormer(instance: RoleInstance, components: readonly ComponentPorts[]): boolean {
    const sizes = new Map(components.map(({ component }) => [component.name, component.size]));
    return this.#parts.index
      .podsOfInstance(instance.metadata.namespace, instance.metadata.name)
      .some(({ metadata: { labels } }) => {
        const size = sizes.get(labels?.[roleLabels.component] ?? '') ?? 0;
        return Number(labels?.[roleLabels.componentIndex] ?? 0) >= size;
      });
  }

  #pods({ metadata: { namespace, name, uid } }: RoleInstance): readonly PodView[] {
    return this.#parts.index.podsOfInstance(namespace, name).map((pod) => viewPod(pod, uid));
  }

  #tell(
    { apiVersion, kind, metadata }: RoleInstance,
    { type, reason, message }: Said & { readonly type: 'Normal' | 'Warning' },
  ): void {
    const { namespace, name, uid } = metadata;
    const regarding = { apiVersion, kind, namespace, name, uid };
    this.#parts.events.record({ regarding, type, reason, message, component: 'hostport' });
  }
}

/** What was found in specs that haven't changed since: they are looked at far more often than they change. */
const judged = new WeakMap<RoleInstance['spec'], Faults>();

function faultsIn(instance: RoleInstance): Faults {
  const known = judged.get(instance.spec);
  if (known !== undefined) return known;
  const parsed = parseRoleInstance(instance);
  const faults = parsed.ok ? [] : parsed.error;
  judged.set(instance.spec, faults);
  return faults;
}

interface Restart {
  /** The instance as the last write left it. */
  readonly object: RoleInstance;
  readonly restarting: Said | undefined;
  readonly waitMs: number | undefined;
}

interface PodsChanged {
  /** Whether what was done will be told of soon. */
  readonly isBusy: boolean;
  readonly refused: Said | undefined;
  readonly againMs: number | undefined;
}

interface Described {
  readonly desire: Desire;
  readonly lacking: InstancePorts['lacking'];
  readonly obstacle: Said | undefined;
  readonly restarting: Said | undefined;
}

const NOTHING = { desire: { pods: [], reference: undefined }, restarting: undefined };

/** A restart is over when everything is ready again. */
function stillRestarting({ status, spec }: RoleInstance, pods: readonly PodView[]): Said | undefined {
  const before = findCondition(status?.conditions, conditionTypes.restarting);
  const restarts = status?.restarts ?? 0;
  const wanted = spec.components.reduce((sum, { size }) => sum + size, 0);
  const isOver = pods.filter((pod) => pod.isReady && pod.restarts >= restarts).length >= wanted;
  if (before === undefined || before.status !== 'True' || isOver) return undefined;
  return { reason: before.reason, message: before.message };
}

function restartMark(restarts: number): Readonly<Record<string, string>> {
  return { [roleLabels.restarts]: String(restarts) };
}

function takenBy(names: readonly string[]): Said | undefined {
  if (names.length === 0) return undefined;
  const message = `somebody else's pods have the names ${names.slice(0, 3).join(', ')}: delete them, or choose another name here`;
  return { reason: 'NameTaken', message };
}

function lackingReference({ reference }: Desire): Said | undefined {
  if (reference === undefined) return undefined;
  return { reason: reference.kind === 'fault' ? 'InvalidReference' : 'WaitingForRole', message: reference.message };
}

function faultOf({ reference }: Desire): Said | undefined {
  return reference?.kind === 'fault' ? { reason: 'InvalidReference', message: reference.message } : undefined;
}
