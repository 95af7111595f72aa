import { finalizers, PortAllocations } from '../api/index.ts';
import type { PortAllocation } from '../api/index.ts';
import { formerAllocation, holderOf } from '../allocation/index.ts';
import type { Heirs } from '../allocation/index.ts';
import type { Holder } from '../core/index.ts';
import { isApiError } from '../kube/index.ts';
import type { ClusterClient, ResourceCache } from '../kube/index.ts';
import { controllerOf } from '../workload/index.ts';

/** The set or instance for which an allocation was made, and the ports that it still wants. */
interface Successor {
  readonly object: { readonly metadata: { readonly namespace: string; readonly uid: string } };
  readonly ports: readonly { readonly name: string }[];
  readonly formerly: readonly string[];
}

/** The names that an earlier version gave to the allocations that it made for a set or an instance. */
export function formerAllocationsOf({
  metadata: { name },
}: {
  readonly metadata: { readonly name: string };
}): string[] {
  return [formerAllocation(name, 'pods'), formerAllocation(name, 'role')];
}

/**
 * The PortAllocations in which an earlier version kept the numbers of sets and instances (ADR 24). No new ones are made. An
 * allocation stays as long as its owner, and both have claims on the same numbers, so that going back to the earlier version
 * moves no number. It is deleted with its owner, when no pod is left.
 */
export class FormerAllocations {
  readonly #client: ClusterClient;
  readonly #allocations: ResourceCache<PortAllocation>;
  readonly #heirs: Heirs;

  constructor(client: ClusterClient, allocations: ResourceCache<PortAllocation>, heirs: Heirs) {
    this.#client = client;
    this.#allocations = allocations;
    this.#heirs = heirs;
  }

  /**
   * Gives `heir` claims on the numbers of the allocations that it controls, beside the claims of the allocations.
   * @throws when the ledger can't be written
   */
  async takeOver(heir: Holder, successor: Successor, signal: AbortSignal): Promise<void> {
    const ports = new Set(successor.ports.map(({ name }) => name));
    for (const allocation of this.#of(successor)) {
      if (allocation.status?.ports?.some(({ name }) => ports.has(name)) !== true) continue;
      await this.#heirs.takeOver(holderOf(allocation), heir, ports, signal);
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

  /** The allocations of these names whose `label` says that they were made for `owner`, whichever object controls them now. */
  labelled(namespace: string, names: readonly string[], label: string, owner: string): readonly PortAllocation[] {
    return names
      .flatMap((name) => this.#allocations.get(namespace, name) ?? [])
      .filter(({ metadata }) => metadata.labels?.[label] === owner && isKept(metadata));
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

  #of({ object, formerly }: Successor): readonly PortAllocation[] {
    const { namespace, uid } = object.metadata;
    return formerly
      .flatMap((name) => this.#allocations.get(namespace, name) ?? [])
      .filter((allocation) => controllerOf(allocation)?.uid === uid && isKept(allocation.metadata));
  }
}

/** Whether an earlier version made the allocation and it is still to be deleted: a user's allocation has no such finalizer. */
function isKept({ finalizers: kept = [] }: PortAllocation['metadata']): boolean {
  return kept.includes(finalizers.inUse);
}
