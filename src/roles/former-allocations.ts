import { finalizers, PortAllocations } from '../api/index.ts';
import type { PortAllocation, RoleInstance, RoleInstanceSet } from '../api/index.ts';
import { formerAllocation, holderOf } from '../allocation/index.ts';
import type { Takeover, RoleName } from '../allocation/index.ts';
import type { Holder } from '../core/index.ts';
import { isApiError } from '../kube/index.ts';
import type { ClusterClient, ResourceCache } from '../kube/index.ts';
import { controllerOf } from '../workload/index.ts';
import { roleLabel } from './caches.ts';

/** The set or instance for which an allocation was made, and the ports that it still wants. */
interface Successor {
  readonly object: RoleInstance | RoleInstanceSet;
  readonly ports: readonly { readonly name: string }[];
}

/**
 * The PortAllocations in which an earlier version kept the numbers of sets and instances (ADR 24). No new ones are made. An
 * allocation stays as long as its owner, and both have claims on the same numbers, so that going back to the earlier version
 * moves no number. It is deleted with its owner, when no pod is left.
 */
export class FormerAllocations {
  readonly #client: ClusterClient;
  readonly #allocations: ResourceCache<PortAllocation>;
  readonly #takeover: Takeover;

  constructor(client: ClusterClient, allocations: ResourceCache<PortAllocation>, takeover: Takeover) {
    this.#client = client;
    this.#allocations = allocations;
    this.#takeover = takeover;
  }

  /**
   * Gives `heir` claims on the numbers of the allocations that it controls, beside the claims of the allocations.
   * @throws when the ledger can't be written
   */
  async takeOver(heir: Holder, successor: Successor, signal: AbortSignal): Promise<void> {
    const ports = new Set(successor.ports.map(({ name }) => name));
    for (const allocation of this.#of(successor)) {
      if (allocation.status?.ports?.some(({ name }) => ports.has(name)) !== true) continue;
      await this.#takeover.takeOver(holderOf(allocation), heir, ports, signal);
    }
  }

  /**
   * Removes the ports that the owner has given up from its allocations: no other part of Hostport does this.
   * @param kept the names of the ports that the owner has
   */
  async narrow(successor: Successor, kept: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    for (const allocation of this.#of(successor)) {
      const { metadata, spec } = allocation;
      const ports = spec.ports.filter(({ name }) => kept.has(name));
      if (ports.length === spec.ports.length) continue;
      if (ports.length === 0) {
        await this.remove(allocation, signal);
        continue;
      }
      const { namespace, name, resourceVersion } = metadata;
      const body = { metadata: { resourceVersion }, spec: { ports } };
      const change = { type: 'merge', conditional: true, body, signal } as const;
      this.#allocations.apply(await this.#client.patch(PortAllocations, { namespace, name }, change));
    }
  }

  /** The allocations whose label says that they were made for `role`, whichever object controls them now. */
  madeFor(role: RoleName): readonly PortAllocation[] {
    const isMade = ({ labels }: PortAllocation['metadata']): boolean => labels?.[roleLabel[role.kind]] === role.name;
    return this.#named(role.namespace, role.name).filter(({ metadata }) => isMade(metadata));
  }

  /**
   * Deletes `object` and removes the finalizer that says that pods use its numbers. It does nothing to another object of the
   * name, and an object that is gone already is no error.
   */
  async remove(object: PortAllocation, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid, deletionTimestamp } = object.metadata;
    const key = { namespace, name };
    try {
      if (deletionTimestamp === undefined) {
        await this.#client.remove(PortAllocations, key, { preconditions: { uid }, signal });
      }
      const found = await this.#client.find(PortAllocations, key, { signal });
      if (found?.metadata.uid !== uid || !isKept(found.metadata)) return;
      const { resourceVersion, finalizers: all = [] } = found.metadata;
      const body = { metadata: { resourceVersion, finalizers: all.filter((each) => each !== finalizers.inUse) } };
      await this.#client.patch(PortAllocations, key, { type: 'merge', conditional: true, body, signal });
    } catch (error) {
      // The allocation is gone, or another object has its name by now.
      if (!isApiError(error, 'notFound', 'conflict')) throw error;
    }
  }

  /** The allocations that the object controls. */
  #of({ object }: Successor): readonly PortAllocation[] {
    const { namespace, name, uid } = object.metadata;
    return this.#named(namespace, name).filter((allocation) => controllerOf(allocation)?.uid === uid);
  }

  /** The allocations with the names that the earlier version gave to those of the role `name`. */
  #named(namespace: string, name: string): readonly PortAllocation[] {
    return [formerAllocation(name, 'pods'), formerAllocation(name, 'role')]
      .flatMap((each) => this.#allocations.get(namespace, each) ?? [])
      .filter(({ metadata }) => isKept(metadata));
  }
}

/** Whether an earlier version made the allocation and it is still to be deleted: a user's allocation has no such finalizer. */
function isKept({ finalizers: kept = [] }: PortAllocation['metadata']): boolean {
  return kept.includes(finalizers.inUse);
}
