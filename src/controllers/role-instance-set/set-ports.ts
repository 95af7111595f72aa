import { roleLabels } from '../../api/index.ts';
import type { PortAllocation, RoleInstanceSet } from '../../api/index.ts';
import {
  AllocationKeeper,
  canonicalJson,
  isFormerPod,
  nameTaken,
  numbersIn,
  podsRun,
  roleAllocationName,
  wantedBy,
} from '../../roles/index.ts';
import type { PodSelection, Said, WhereToLook } from '../../roles/index.ts';
import { portsOfComponents, roleOf, roleScopedAnnotations, roleScopedRequests } from '../../workload/role/index.ts';

/** How it stands with the ports that all instances of a set share. */
export interface PortsOfSet {
  /** What keeps the set from getting on. */
  readonly obstacle: Said | undefined;
  readonly allocation?: PortAllocation;
  /** The annotations of the set that show the numbers. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Asks for the ports that all instances of a set share, by a PortAllocation, and lets go of them. */
export class PortsOfSets {
  readonly #where: WhereToLook;
  readonly #keeper: AllocationKeeper;

  constructor(where: WhereToLook) {
    this.#where = where;
    this.#keeper = new AllocationKeeper(where);
  }

  /** Sees to it that there is an allocation for what `set` shares, and gives the numbers that are there. */
  async keep(set: RoleInstanceSet, signal: AbortSignal): Promise<PortsOfSet> {
    const read = portsOfComponents(set.spec.template.spec.components);
    if (!read.ok) return { obstacle: read.error, annotations: {} };
    const wanted = wantedBy(set, {
      name: roleAllocationName(set.metadata.name),
      labels: { [roleLabels.role]: roleOf(set), [roleLabels.roleInstanceSet]: set.metadata.name },
      ports: roleScopedRequests(read.value),
    });
    const { namespace, name } = set.metadata;
    const of: PodSelection = { of: 'set', namespace, name };
    const pods = {
      ofOthers: () => podsRun(this.#where, of, () => true, signal),
      ofFormerSpec: () => this.#hasFormer(set, signal),
    };
    const kept = await this.#keeper.keep(wanted, pods, signal);
    if (kept.kind === 'foreign') return { obstacle: nameTaken(kept.object.metadata.name), annotations: {} };
    const allocation = kept.kind === 'ours' ? kept.object : undefined;
    const annotations = roleScopedAnnotations(read.value, numbersIn(allocation));
    return { obstacle: undefined, annotations, ...(allocation === undefined ? {} : { allocation }) };
  }

  /**
   * Sees the ports of a set off that is gone, or about to be.
   * @param uid of the set, while it is still there: then the garbage collector decides what goes with it
   * @returns whether a pod still has them
   */
  async leave(namespace: string, name: string, uid: string | undefined, signal: AbortSignal): Promise<boolean> {
    const allocation = this.#where.index.caches.allocations.get(namespace, roleAllocationName(name));
    if (allocation?.metadata.labels?.[roleLabels.roleInstanceSet] !== name) return false;
    const isGoing = allocation.metadata.deletionTimestamp !== undefined;
    const isHeirless = this.#where.index.instancesLabelled(namespace, name).length === 0;
    if (!isHeirless || (uid !== undefined && !isGoing)) return false;
    if (await podsRun(this.#where, { of: 'set', namespace, name }, () => true, signal)) return true;
    await this.#keeper.remove(allocation, signal);
    return false;
  }

  /** An instance that keeps an earlier template needs its ports for the pods that it has, and for those that it will have. */
  async #hasFormer({ metadata, spec }: RoleInstanceSet, signal: AbortSignal): Promise<boolean> {
    const { components } = spec.template.spec;
    const today = canonicalJson(components);
    const { namespace, name } = metadata;
    const instances = this.#where.index.instancesLabelled(namespace, name);
    if (instances.some((instance) => canonicalJson(instance.spec.components) !== today)) return true;
    return podsRun(this.#where, { of: 'set', namespace, name }, (pod) => isFormerPod(pod, components), signal);
  }
}
