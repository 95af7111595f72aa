import { roleLabels } from '../../api/index.ts';
import type { PortAllocation, RoleInstance } from '../../api/index.ts';
import type { ClusterClient } from '../../kube/index.ts';
import {
  AllocationKeeper,
  numbersIn,
  ownerReferenceTo,
  podAllocationName,
  podsRun,
  roleAllocationName,
  verdictOn,
} from '../../roles/index.ts';
import type { RoleIndex, WantedAllocation } from '../../roles/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { lookUpRole, podScopedRequests, roleOf, roleScopedRequests } from '../../workload/role/index.ts';
import type { ComponentPorts, RoleLookup, RoleNumbers } from '../../workload/role/index.ts';
import type { Said } from './status.ts';

/** What an instance has in ports. */
export interface InstancePorts {
  readonly numbers: RoleNumbers;
  /** Why some are missing. */
  readonly lacking: Said | undefined;
  /** A name that somebody else has. */
  readonly obstacle: Said | undefined;
}

const PENDING = 'Pending';

/** Asks for the ports of instances, by PortAllocations, and lets go of them. */
export class PortsOfInstances {
  readonly #client: ClusterClient;
  readonly #index: RoleIndex;
  readonly #keeper: AllocationKeeper;

  constructor(client: ClusterClient, index: RoleIndex) {
    this.#client = client;
    this.#index = index;
    this.#keeper = new AllocationKeeper({ client, allocations: index.caches.allocations });
  }

  /**
   * Sees to it that there are allocations for what the pods of `instance` need, and gives the numbers that are there.
   * @param hasFormer whether pods of an earlier spec are left: what they have stays theirs
   */
  async keep(
    instance: RoleInstance,
    components: readonly ComponentPorts[],
    hasFormer: boolean,
    signal: AbortSignal,
  ): Promise<InstancePorts> {
    const own = podScopedRequests(components);
    const shared = roleScopedRequests(components);
    const mine = await this.#keepOne(
      instance,
      { name: podAllocationName(instance.metadata.name), own, hasFormer },
      signal,
    );
    const set = setOf(instance);
    const theirs =
      set === undefined
        ? await this.#keepOne(
            instance,
            { name: roleAllocationName(instance.metadata.name), own: shared, hasFormer },
            signal,
          )
        : this.#ofSet(instance, set);
    const numbers = { pod: numbersIn(mine.object), role: numbersIn(theirs.object) };
    const lacking =
      (own.length === 0 ? undefined : lackOf(mine.object)) ?? (shared.length === 0 ? undefined : lackOf(theirs.object));
    return { numbers, lacking, obstacle: mine.obstacle ?? theirs.obstacle };
  }

  /** What is known of the roles that an instance of `namespace` refers to. */
  lookup(instance: RoleInstance): RoleLookup {
    const { namespace } = instance.metadata;
    const numbersOf = (set: { readonly metadata: { readonly name: string; readonly uid: string } }) => {
      const found = this.#find(namespace, roleAllocationName(set.metadata.name));
      return numbersIn(found !== undefined && controllerOf(found)?.uid === set.metadata.uid ? found : undefined);
    };
    const own = roleOf(instance);
    return (reference, from) =>
      lookUpRole({ reference, from, own }, this.#index.setsOfRole(namespace, reference.role), numbersOf);
  }

  /**
   * Sees the ports of an instance off that is gone, or about to be.
   * @returns whether a pod still has them
   */
  async leave(namespace: string, name: string, isGone: boolean, signal: AbortSignal): Promise<boolean> {
    const names = [podAllocationName(name), roleAllocationName(name)];
    const left = names
      .flatMap((each) => this.#find(namespace, each) ?? [])
      .filter(({ metadata }) => metadata.labels?.[roleLabels.roleInstance] === name)
      .filter(({ metadata }) => isGone || metadata.deletionTimestamp !== undefined);
    if (left.length === 0) return false;
    if (await this.#podsRun(namespace, name, undefined, signal)) return true;
    for (const allocation of left) await this.#keeper.remove(allocation, signal);
    return false;
  }

  async #keepOne(
    instance: RoleInstance,
    {
      name,
      own,
      hasFormer,
    }: { readonly name: string; readonly own: WantedAllocation['ports']; readonly hasFormer: boolean },
    signal: AbortSignal,
  ): Promise<Kept> {
    const { namespace, uid } = instance.metadata;
    const known = new Set(own.map((request) => request.name));
    const former = hasFormer ? (this.#find(namespace, name)?.spec.ports ?? []) : [];
    const { poolName } = instance.spec;
    const wanted: WantedAllocation = {
      namespace,
      name,
      owner: ownerReferenceTo(instance),
      labels: labelsFor(instance),
      ...(poolName === undefined ? {} : { poolName }),
      ports: [...own, ...former.filter((request) => !known.has(request.name))],
    };
    const isUsed = (): Promise<boolean> => this.#podsRun(namespace, instance.metadata.name, uid, signal);
    const kept = await this.#keeper.keep(wanted, isUsed, signal);
    if (kept.kind === 'ours') return { object: kept.object, obstacle: undefined };
    if (kept.kind === 'waiting') return { object: undefined, obstacle: undefined };
    const message = `PortAllocation "${name}" is somebody else's, and its name is needed: delete it, or choose another name here`;
    return { object: undefined, obstacle: { reason: 'NameTaken', message } };
  }

  /** Those of the set that has the instance now; of none, when both were let go. */
  #ofSet(instance: RoleInstance, set: string): Kept {
    const found = this.#find(instance.metadata.namespace, roleAllocationName(set));
    const isSame = found !== undefined && controllerOf(found)?.uid === controllerOf(instance)?.uid;
    return { object: isSame ? found : undefined, obstacle: undefined };
  }

  /** @param except the controller whose pods don't count */
  async #podsRun(namespace: string, name: string, except: string | undefined, signal: AbortSignal): Promise<boolean> {
    const selection = { namespace, label: roleLabels.roleInstance, value: name };
    return podsRun(selection, this.#index.podsOfInstance(namespace, name), this.#client, { except, signal });
  }

  #find(namespace: string, name: string): PortAllocation | undefined {
    return this.#index.caches.allocations.get(namespace, name);
  }
}

interface Kept {
  readonly object: PortAllocation | undefined;
  readonly obstacle: Said | undefined;
}

/** The set that an instance says it is of. */
export function setOf({ metadata }: RoleInstance): string | undefined {
  return metadata.labels?.[roleLabels.roleInstanceSet];
}

function labelsFor(instance: RoleInstance): Readonly<Record<string, string>> {
  const set = setOf(instance);
  return {
    [roleLabels.role]: roleOf(instance),
    ...(set === undefined ? {} : { [roleLabels.roleInstanceSet]: set }),
    [roleLabels.roleInstance]: instance.metadata.name,
  };
}

function lackOf(allocation: PortAllocation | undefined): Said | undefined {
  const verdict = verdictOn(allocation);
  if (verdict?.status === 'True') return undefined;
  return verdict ?? { reason: PENDING, message: 'the ports are asked for' };
}
