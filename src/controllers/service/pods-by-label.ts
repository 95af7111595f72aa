import { Breath } from '../../base/breath.ts';
import type { CacheChange, Pod, ResourceCache } from '../../kube/index.ts';
import { hasAssignedPorts } from '../../workload/index.ts';
import type { LabelNeed } from './publication.ts';

type PodCache = Pick<ResourceCache<Pod>, 'get' | 'list' | 'subscribe'>;

/** Pods of a namespace by the value of one label, then by name. */
interface Shelf {
  readonly byValue: Map<string, Map<string, Pod>>;
  /** The Services that need the label. */
  readonly users: Set<string>;
  /** Resolves when all pods are included that existed when it was made. */
  filled: Promise<void>;
  isFilled: boolean;
}

const NONE: ReadonlyMap<string, Pod> = new Map();

/**
 * The pods with assigned numbers, by those of their labels that Services select: a Service finds its pods without
 * looking at any others. Costs nothing while no Service is published, and for a label of a namespace only while a
 * Service there selects it.
 */
export class PodsByLabel implements Disposable {
  readonly #pods: PodCache;
  readonly #byNamespace = new Map<string, Map<string, Pod>>();
  /** By namespace, then by label. */
  readonly #shelves = new Map<string, Map<string, Shelf>>();
  /** By Service, the labels that it selects. */
  readonly #needed = new Map<string, readonly string[]>();
  #subscription: Disposable | undefined;
  #filled: Promise<void> | undefined;

  constructor(pods: PodCache) {
    this.#pods = pods;
  }

  /** A Service selects these labels from now on. Resolves when they can be looked up. */
  async need(namespace: string, needs: readonly LabelNeed[], service: string): Promise<void> {
    await (this.#filled ??= this.#fill());
    const before = this.#needed.get(service) ?? [];
    const keys = [...new Set(needs.map(({ key }) => key))];
    const shelves = keys.map((key) => this.#shelf(namespace, key));
    for (const { users } of shelves) users.add(service);
    for (const key of before) if (!keys.includes(key)) this.#drop(namespace, key, service);
    if (keys.length === 0) this.#needed.delete(service);
    else this.#needed.set(service, keys);
    for (const { filled } of shelves) await filled;
  }

  /** Pods of a namespace that include all pods with `needs`: those with the label that the fewest pods have. */
  among(namespace: string, needs: readonly LabelNeed[]): Iterable<Pod> {
    let best: readonly ReadonlyMap<string, Pod>[] = [this.#byNamespace.get(namespace) ?? NONE];
    for (const { key, values } of needs) {
      const shelf = this.#shelves.get(namespace)?.get(key);
      if (shelf?.isFilled !== true) continue;
      const { byValue } = shelf;
      const here = [...new Set(values)].map((value) => byValue.get(value) ?? NONE);
      if (sizeOf(here) < sizeOf(best)) best = here;
    }
    return best.flatMap((pods) => [...pods.values()]);
  }

  /** A Service selects no label any longer. */
  leave(namespace: string, service: string): void {
    for (const key of this.#needed.get(service) ?? []) this.#drop(namespace, key, service);
    this.#needed.delete(service);
  }

  [Symbol.dispose](): void {
    this.#subscription?.[Symbol.dispose]();
  }

  async #fill(): Promise<void> {
    let isReplay = true;
    this.#subscription = this.#pods.subscribe((change) => {
      if (!isReplay) this.#follow(change);
    });
    isReplay = false;
    const breath = new Breath();
    for (const pod of this.#pods.list()) {
      if (breath.isDue) await breath.take();
      // Changes meanwhile arrived as events.
      if (this.#pods.get(pod.metadata.namespace, pod.metadata.name) === pod) this.#add(pod);
    }
  }

  #follow(change: CacheChange<Pod>): void {
    const before = change.type === 'applied' ? change.previous : change.object;
    if (before !== undefined) this.#remove(before);
    if (change.type === 'applied') this.#add(change.object);
  }

  #add(pod: Pod): void {
    if (!hasAssignedPorts(pod)) return;
    const { namespace = '', name, labels = {} } = pod.metadata;
    put(this.#byNamespace, namespace, name, pod);
    const shelves = this.#shelves.get(namespace);
    if (shelves === undefined) return;
    for (const [key, value] of Object.entries(labels)) {
      const shelf = shelves.get(key);
      if (shelf !== undefined) put(shelf.byValue, value, name, pod);
    }
  }

  /** By the labels that it had before: a deletion may arrive with others. */
  #remove({ metadata: { namespace = '', name } }: Pod): void {
    const pod = this.#byNamespace.get(namespace)?.get(name);
    if (pod === undefined) return;
    take(this.#byNamespace, namespace, name);
    const shelves = this.#shelves.get(namespace);
    if (shelves === undefined) return;
    for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
      const shelf = shelves.get(key);
      if (shelf !== undefined) take(shelf.byValue, value, name);
    }
  }

  #drop(namespace: string, key: string, service: string): void {
    const shelves = this.#shelves.get(namespace);
    const users = shelves?.get(key)?.users;
    users?.delete(service);
    if (users?.size === 0) shelves?.delete(key);
    if (shelves?.size === 0) this.#shelves.delete(namespace);
  }

  #shelf(namespace: string, key: string): Shelf {
    const shelves = this.#shelves.get(namespace) ?? new Map<string, Shelf>();
    this.#shelves.set(namespace, shelves);
    const known = shelves.get(key);
    if (known !== undefined) return known;
    const shelf: Shelf = { byValue: new Map(), users: new Set(), filled: Promise.resolve(), isFilled: false };
    shelves.set(key, shelf);
    shelf.filled = this.#fillShelf(shelf, namespace, key);
    return shelf;
  }

  async #fillShelf(shelf: Shelf, namespace: string, key: string): Promise<void> {
    const breath = new Breath();
    for (const [name, pod] of this.#byNamespace.get(namespace) ?? NONE) {
      if (breath.isDue) await breath.take();
      const value = pod.metadata.labels?.[key];
      // Pods that changed meanwhile were added or removed then.
      if (value !== undefined && this.#byNamespace.get(namespace)?.get(name) === pod) {
        put(shelf.byValue, value, name, pod);
      }
    }
    shelf.isFilled = true;
  }
}

function sizeOf(parts: readonly ReadonlyMap<string, Pod>[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

function put(groups: Map<string, Map<string, Pod>>, word: string, name: string, pod: Pod): void {
  const group = groups.get(word);
  if (group === undefined) groups.set(word, new Map([[name, pod]]));
  else group.set(name, pod);
}

function take(groups: Map<string, Map<string, Pod>>, word: string, name: string): void {
  const group = groups.get(word);
  group?.delete(name);
  if (group?.size === 0) groups.delete(word);
}
