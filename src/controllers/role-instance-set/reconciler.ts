import { conditionTypes, parseRoleInstanceSet, roleLabels } from '../../api/index.ts';
import type { PortAllocation, RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import type { Clock } from '../../base/clock.ts';
import { findCondition, isApiError, parseKey, secondTime } from '../../kube/index.ts';
import type { ClusterClient, EventRecorder } from '../../kube/index.ts';
import {
  AllocationKeeper,
  canonicalJson,
  makeServices,
  numbersIn,
  ownerReferenceTo,
  podAllocationName,
  podsRun,
  roleAllocationName,
} from '../../roles/index.ts';
import type { RoleIndex, WantedAllocation } from '../../roles/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { portsOfComponents, roleOf, roleScopedAnnotations, roleScopedRequests } from '../../workload/role/index.ts';
import { busyIn, gatherCrew, memberOf, nextAvailableMs, restartingIn } from './gather.ts';
import type { Crew } from './gather.ts';
import { Hands } from './hands.ts';
import { judgePorts } from './ports.ts';
import { planRevisions } from './revisions.ts';
import type { RevisionPlan } from './revisions.ts';
import { decideStatus } from './status.ts';
import { planStep } from './step.ts';

/** What the reconciler is made of. */
export interface SetReconcilerParts {
  readonly client: ClusterClient;
  readonly index: RoleIndex;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

/** While allocations or instances are on their way, somebody else tells of it; this is for what nobody told, in milliseconds. */
const LOOK_AGAIN_MS = 30_000;
/** When something was gone that the cache still shows, in milliseconds. */
const GONE_AGAIN_MS = 1_000;
/** How soon it is looked again whether the pods of a set that is gone have ended, in milliseconds. */
const LOOK_FOR_PODS_MS = 2_000;

/** Keeps the instances of a RoleInstanceSet: their number, their template, the ports that they share. */
export class RoleInstanceSetReconciler {
  readonly #parts: SetReconcilerParts;
  readonly #keeper: AllocationKeeper;
  readonly #hands: Hands;

  constructor(parts: SetReconcilerParts) {
    this.#parts = parts;
    const { client, index } = parts;
    this.#keeper = new AllocationKeeper({ client, allocations: index.caches.allocations });
    this.#hands = new Hands({ client, caches: index.caches });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { namespace = '', name } = parseKey(key);
    const set = this.#parts.index.caches.sets.get(namespace, name);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) {
      return this.#leave(namespace, name, set?.metadata.uid, signal);
    }
    const parsed = parseRoleInstanceSet(set);
    if (!parsed.ok) return { kind: 'stuck', cause: new Error(`${key}: ${parsed.error.join('; ')}`) };
    try {
      return await this.#serve(set, signal);
    } catch (error) {
      // Whatever is made in a namespace that ends, it ends with it.
      if (isApiError(error, 'namespaceTerminating')) return { kind: 'settled' };
      // It went while it was being looked at, and the cache will tell.
      if (isApiError(error, 'notFound')) return { kind: 'again', afterMs: GONE_AGAIN_MS };
      throw error;
    }
  }

  async #serve(set: RoleInstanceSet, signal: AbortSignal): Promise<Outcome> {
    const { index, client, clock } = this.#parts;
    await this.#hands.sort(set, gatherCrew(index, set), signal);
    const ports = await this.#keepPorts(set, signal);
    const { components } = set.spec.template.spec;
    const owner = { namespace: set.metadata.namespace, owner: ownerReferenceTo(set), selector: selectorOf(set) };
    await makeServices(owner, components, { client, services: index.caches.services }, signal);
    await this.#adoptRevisions(set, signal);
    const plan = this.#planRevisions(set, gatherCrew(index, set));
    await this.#hands.keepRevisions(set, plan, signal);
    if (ports.obstacle === undefined) await this.#step(set, plan, signal);
    const crew = gatherCrew(index, set);
    await this.#describe(set, { crew, plan, ...ports }, signal);
    const afterMs = nextAvailableMs(crew.members.values(), set, clock.now());
    return { kind: 'again', afterMs: afterMs ?? LOOK_AGAIN_MS };
  }

  /** Keeps the allocation of the ports that all instances share, and shows its numbers. */
  async #keepPorts(set: RoleInstanceSet, signal: AbortSignal): Promise<PortsOfSet> {
    const read = portsOfComponents(set.spec.template.spec.components);
    if (!read.ok) return { obstacle: read.error };
    const isUsed = (): Promise<boolean> => this.#podsRun(set.metadata, signal);
    const kept = await this.#keeper.keep(this.#wanted(set, roleScopedRequests(read.value)), isUsed, signal);
    if (kept.kind === 'foreign') return { obstacle: takenBySomebody(kept.object) };
    const allocation = kept.kind === 'ours' ? kept.object : undefined;
    const annotations = roleScopedAnnotations(read.value, numbersIn(allocation));
    const shown = set.metadata.annotations ?? {};
    if (Object.entries(annotations).some(([key, value]) => shown[key] !== value)) {
      await this.#hands.annotate(set, annotations, signal);
    }
    return { obstacle: undefined, ...(allocation === undefined ? {} : { allocation }) };
  }

  #wanted(set: RoleInstanceSet, requests: WantedAllocation['ports']): WantedAllocation {
    const { index } = this.#parts;
    const { namespace, name: setName } = set.metadata;
    const name = roleAllocationName(setName);
    const known = new Set(requests.map((request) => request.name));
    const components = new Set(set.spec.template.spec.components.map((component) => component.name));
    // What pods of a former template have stays theirs until the last of them is gone.
    const hasFormer = index
      .podsOfSet(namespace, setName)
      .some(({ metadata }) => !components.has(metadata.labels?.[roleLabels.component] ?? ''));
    const former = hasFormer ? (index.caches.allocations.get(namespace, name)?.spec.ports ?? []) : [];
    return {
      namespace,
      name,
      owner: ownerReferenceTo(set),
      labels: { [roleLabels.role]: roleOf(set), [roleLabels.roleInstanceSet]: setName },
      ...(set.spec.poolName === undefined ? {} : { poolName: set.spec.poolName }),
      ports: [...requests, ...former.filter((request) => !known.has(request.name))],
    };
  }

  #adoptRevisions(set: RoleInstanceSet, signal: AbortSignal): Promise<void> {
    const { namespace, name } = set.metadata;
    const labelled = this.#parts.index.revisionsLabelled(namespace, name);
    const free = labelled.filter((revision) => controllerOf(revision) === undefined);
    return this.#hands.adoptRevisions(set, free, signal);
  }

  #planRevisions(set: RoleInstanceSet, { members }: Crew): RevisionPlan {
    const { namespace, name, uid } = set.metadata;
    const inUse = [...members.values()].map(({ metadata }) => metadata.labels?.[roleLabels.revision] ?? '');
    return planRevisions({
      setName: name,
      template: set.spec.template,
      revisions: this.#parts.index
        .revisionsLabelled(namespace, name)
        .filter((revision) => controllerOf(revision)?.uid === uid),
      inUse: new Set(inUse),
      currentRevision: set.status?.currentRevision,
      isRolledOut: (update) => inUse.every((revision) => revision === update),
    });
  }

  async #step(set: RoleInstanceSet, plan: RevisionPlan, signal: AbortSignal): Promise<void> {
    const { index, clock } = this.#parts;
    const step = planStep(index, { set, plan, crew: gatherCrew(index, set), nowMs: clock.now() });
    await this.#hands.create(step.create, signal);
    await this.#hands.remove(step.remove, signal);
    await this.#hands.replace(step.replace, signal);
    if (step.tale !== undefined) this.#tell(set, { type: 'Normal', ...step.tale });
  }

  async #describe(
    set: RoleInstanceSet,
    { crew, plan, obstacle, allocation }: Described,
    signal: AbortSignal,
  ): Promise<void> {
    const { index, clock } = this.#parts;
    const { namespace, name, generation } = set.metadata;
    const instances = [...crew.members.values()];
    const needs = [
      { who: name, allocation, ...(obstacle === undefined ? {} : { refusal: obstacle }) },
      ...instances.map((instance) => ({
        who: instance.metadata.name,
        allocation: index.caches.allocations.get(namespace, podAllocationName(instance.metadata.name)),
        ...refusalOf(instance),
      })),
    ];
    const allocated = judgePorts(needs, generation);
    const status = decideStatus({
      set,
      members: instances.map((instance) => memberOf(instance, set, clock.now())),
      restarting: restartingIn(instances),
      busy: busyIn(instances),
      revisions: plan,
      allocated,
      obstacle: obstacle ?? obstacleOf(instances),
      now: secondTime(clock.now()),
    });
    if (canonicalJson(status) === canonicalJson(set.status)) return;
    await this.#hands.writeStatus(set, status, signal);
    if (allocated.status === 'False' && allocated.reason !== 'Pending' && !says(set, allocated)) {
      this.#tell(set, { type: 'Warning', reason: allocated.reason, message: allocated.message });
    }
  }

  /** Sees a set off: its numbers are let go when the last pod that has them is gone. */
  async #leave(namespace: string, name: string, uid: string | undefined, signal: AbortSignal): Promise<Outcome> {
    const { index } = this.#parts;
    const allocation = index.caches.allocations.get(namespace, roleAllocationName(name));
    if (allocation?.metadata.labels?.[roleLabels.roleInstanceSet] !== name) return { kind: 'settled' };
    const isGoing = allocation.metadata.deletionTimestamp !== undefined;
    const isHeirless = index.instancesLabelled(namespace, name).length === 0;
    // While the set itself is still there, the garbage collector decides what goes with it.
    if (!isHeirless || (uid !== undefined && !isGoing)) return { kind: 'settled' };
    if (await this.#podsRun({ namespace, name }, signal)) return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    await this.#keeper.remove(allocation, signal);
    return { kind: 'settled' };
  }

  #podsRun({ namespace, name }: { namespace: string; name: string }, signal: AbortSignal): Promise<boolean> {
    const { client, index } = this.#parts;
    const selection = { namespace, label: roleLabels.roleInstanceSet, value: name };
    return podsRun(selection, index.podsOfSet(namespace, name), client, { signal });
  }

  #tell({ apiVersion, kind, metadata }: RoleInstanceSet, tale: Tale): void {
    const { namespace, name, uid } = metadata;
    this.#parts.events.record({
      regarding: { apiVersion, kind, namespace, name, uid },
      ...tale,
      component: 'hostport',
    });
  }
}

interface Tale {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What keeps a set from getting on. */
interface Obstacle {
  readonly reason: string;
  readonly message: string;
}

/** How it stands with the ports that all instances share. */
interface PortsOfSet {
  readonly obstacle: Obstacle | undefined;
  readonly allocation?: PortAllocation;
}

interface Described extends PortsOfSet {
  readonly crew: Crew;
  readonly plan: RevisionPlan;
}

function takenBySomebody({ metadata: { name } }: PortAllocation): Obstacle {
  return {
    reason: 'NameTaken',
    message: `PortAllocation "${name}" is somebody else's, and its name is needed: delete it, or choose another name here`,
  };
}

/** Why an instance has no ports, beside what its allocation says. */
function refusalOf({ status }: RoleInstance): { readonly refusal?: Obstacle } {
  const allocated = findCondition(status?.conditions, conditionTypes.allocated);
  return allocated?.status !== 'False' || allocated.reason === 'Pending' ? {} : { refusal: allocated };
}

/** What keeps the first of `instances` that can't get on. */
function obstacleOf(instances: readonly RoleInstance[]): Obstacle | undefined {
  for (const { metadata, status } of instances) {
    const progressing = findCondition(status?.conditions, conditionTypes.progressing);
    if (progressing?.status !== 'False' || progressing.reason === 'Complete') continue;
    return { reason: progressing.reason, message: `${metadata.name}: ${progressing.message}` };
  }
  return undefined;
}

function selectorOf({ metadata }: RoleInstanceSet): Readonly<Record<string, string>> {
  return { [roleLabels.roleInstanceSet]: metadata.name };
}

/** Whether the set says so already. */
function says({ status }: RoleInstanceSet, { reason, message }: Obstacle): boolean {
  const before = findCondition(status?.conditions, conditionTypes.allocated);
  return before?.reason === reason && before.message === message;
}
