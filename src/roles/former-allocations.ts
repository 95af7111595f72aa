import { finalizers, PortAllocations } from '../api/index.ts';
import type { PortAllocation } from '../api/index.ts';
import { formerAllocation, holderOf } from '../allocation/index.ts';
import type { Heirs } from '../allocation/index.ts';
import type { Holder } from '../core/index.ts';
import { isApiError } from '../kube/index.ts';
import type { ClusterClient, ResourceCache } from '../kube/index.ts';
import { controllerOf } from '../workload/index.ts';

/** For whom an allocation was made, and which of its ports are still wanted. */
interface Successor {
  readonly object: { readonly metadata: { readonly namespace: string; readonly uid: string } };
  readonly ports: readonly { readonly name: string }[];
  readonly formerly: readonly string[];
}

/** What an earlier version called the allocations that it made for an instance. */
export function formerAllocationsOf({
  metadata: { name },
}: {
  readonly metadata: { readonly name: string };
}): string[] {
  return [formerAllocation(name, 'pods'), formerAllocation(name, 'role')];
}

/**
 * The PortAllocations in which an earlier version had the numbers of sets and instances. Nobody makes new ones. They stay as long
 * as their owners do, beside whose claims theirs are, so that going back to that version moves no number; and go with
 * them, when no pod is left.
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

  /** Lays the claims of `heir` beside those of the allocations that it controls. */
  async takeOver(heir: Holder, successor: Successor, signal: AbortSignal): Promise<void> {
    const ports = new Set(successor.ports.map(({ name }) => name));
    for (const allocation of this.#of(successor)) {
      if (allocation.status?.ports?.some(({ name }) => ports.has(name)) !== true) continue;
      await this.#heirs.takeOver(holderOf(allocation), heir, ports, signal);
    }
  }

  /** Takes out of them what the heir has given up: nobody else would. `kept` are the ports that it has. */
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

  /** Those of these names whose `label` says that they were made for `owner`, whoever controls them now. */
  labelled(namespace: string, names: readonly string[], label: string, owner: string): readonly PortAllocation[] {
    return names
      .flatMap((name) => this.#allocations.get(namespace, name) ?? [])
      .filter(({ metadata }) => metadata.labels?.[label] === owner && isKept(metadata));
  }

  /** Deletes `object`, and says that no pod uses its numbers. */
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
      // Gone, or another one by now.
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

/** Whether it is one that an earlier version made, and still to be let go: a user's has no such finalizer. */
function isKept({ finalizers: kept = [] }: PortAllocation['metadata']): boolean {
  return kept.includes(finalizers.inUse);
}
