import { roleLabels } from '../../api/index.ts';
import type { PortAllocation, RoleInstance } from '../../api/index.ts';
import {
  AllocationKeeper,
  isFormerPod,
  nameTaken,
  numbersIn,
  podAllocationName,
  podsRun,
  roleAllocationName,
  verdictOn,
  wantedBy,
} from '../../roles/index.ts';
import type { PodSelection, Said, WantedAllocation, WhereToLook } from '../../roles/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { lookUpRole, podScopedRequests, roleOf, roleScopedRequests } from '../../workload/role/index.ts';
import type { ComponentPorts, RoleLookup, RoleNumbers } from '../../workload/role/index.ts';

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
  readonly #where: WhereToLook;
  readonly #keeper: AllocationKeeper;

  constructor(where: WhereToLook) {
    this.#where = where;
    this.#keeper = new AllocationKeeper(where);
  }

  /** Sees to it that there are allocations for what the pods of `instance` need, and gives the numbers that are there. */
  async keep(
    instance: RoleInstance,
    components: readonly ComponentPorts[],
    signal: AbortSignal,
  ): Promise<InstancePorts> {
    const own = podScopedRequests(components);
    const shared = roleScopedRequests(components);
    const { name } = instance.metadata;
    const mine = await this.#keepOne(instance, { name: podAllocationName(name), ports: own }, signal);
    const set = setOf(instance);
    const theirs =
      set === undefined
        ? await this.#keepOne(instance, { name: roleAllocationName(name), ports: shared }, signal)
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
      lookUpRole({ reference, from, own }, this.#where.index.setsOfRole(namespace, reference.role), numbersOf);
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
    if (await podsRun(this.#where, { of: 'instance', namespace, name }, () => true, signal)) return true;
    for (const allocation of left) await this.#keeper.remove(allocation, signal);
    return false;
  }

  async #keepOne(
    instance: RoleInstance,
    { name, ports }: Pick<WantedAllocation, 'name' | 'ports'>,
    signal: AbortSignal,
  ): Promise<Kept> {
    const { namespace, name: instanceName, uid } = instance.metadata;
    const of: PodSelection = { of: 'instance', namespace, name: instanceName };
    const { components } = instance.spec;
    const pods = {
      ofOthers: () => podsRun(this.#where, of, (pod) => controllerOf(pod)?.uid !== uid, signal),
      ofFormerSpec: () => podsRun(this.#where, of, (pod) => isFormerPod(pod, components), signal),
    };
    const kept = await this.#keeper.keep(
      wantedBy(instance, { name, labels: labelsFor(instance), ports }),
      pods,
      signal,
    );
    if (kept.kind === 'ours') return { object: kept.object, obstacle: undefined };
    return { object: undefined, obstacle: kept.kind === 'waiting' ? undefined : nameTaken(name) };
  }

  /** Those of the set that has the instance now; of none, when both were let go. */
  #ofSet(instance: RoleInstance, set: string): Kept {
    const found = this.#find(instance.metadata.namespace, roleAllocationName(set));
    const isSame = found !== undefined && controllerOf(found)?.uid === controllerOf(instance)?.uid;
    return { object: isSame ? found : undefined, obstacle: undefined };
  }

  #find(namespace: string, name: string): PortAllocation | undefined {
    return this.#where.index.caches.allocations.get(namespace, name);
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
