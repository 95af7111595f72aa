import { Breath } from '../../base/breath.ts';
import type { CacheChange, Pod, ResourceCache } from '../../kube/index.ts';
import { wasTold } from '../../workload/index.ts';
import type { LabelNeed } from './publication.ts';

type PodCache = Pick<ResourceCache<Pod>, 'get' | 'list' | 'subscribe'>;

/** Pods of a namespace by the value of one label, then by name. */
interface Shelf {
  readonly byValue: Map<string, Map<string, Pod>>;
  /** Which Services need it. */
  readonly users: Set<string>;
}

const NONE: ReadonlyMap<string, Pod> = new Map();

/**
 * The pods that were told numbers, by those of their labels that Services ask for: a Service finds its pods without a look at
 * any others. Costs nothing as long as there is no Service that is published, and for a label of a namespace only as long as
 * one there asks for it.
 */
export class PodsByLabel implements Disposable {
  readonly #pods: PodCache;
  readonly #byNamespace = new Map<string, Map<string, Pod>>();
  /** By namespace, then by label. */
  readonly #shelves = new Map<string, Map<string, Shelf>>();
  /** By Service, the labels that it needs. */
  readonly #needed = new Map<string, readonly string[]>();
  #subscription: Disposable | undefined;
  #filled: Promise<void> | undefined;

  constructor(pods: PodCache) {
    this.#pods = pods;
  }

  /** Resolves when all pods are here. */
  ready(): Promise<void> {
    return (this.#filled ??= this.#fill());
  }

  /** Pods of a namespace, among them all that meet `needs`: those of the label that the fewest have. */
  among(namespace: string, needs: readonly LabelNeed[], service: string): Iterable<Pod> {
    this.#need(namespace, service, needs);
    let best: readonly ReadonlyMap<string, Pod>[] = [this.#byNamespace.get(namespace) ?? NONE];
    for (const { key, values } of needs) {
      const { byValue } = this.#shelf(namespace, key);
      const here = [...new Set(values)].map((value) => byValue.get(value) ?? NONE);
      if (sizeOf(here) < sizeOf(best)) best = here;
    }
    return best.flatMap((pods) => [...pods.values()]);
  }

  /** A Service needs no label any longer. */
  leave(namespace: string, service: string): void {
    this.#need(namespace, service, []);
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
      await breath.take();
      // What changed meanwhile was told.
      if (this.#pods.get(pod.metadata.namespace, pod.metadata.name) === pod) this.#add(pod);
    }
  }

  #follow(change: CacheChange<Pod>): void {
    const before = change.type === 'applied' ? change.previous : change.object;
    if (before !== undefined) this.#remove(before);
    if (change.type === 'applied') this.#add(change.object);
  }

  #add(pod: Pod): void {
    if (!wasTold(pod)) return;
    const { namespace = '', name, labels = {} } = pod.metadata;
    put(this.#byNamespace, namespace, name, pod);
    const shelves = this.#shelves.get(namespace);
    if (shelves === undefined) return;
    for (const [key, value] of Object.entries(labels)) {
      const shelf = shelves.get(key);
      if (shelf !== undefined) put(shelf.byValue, value, name, pod);
    }
  }

  /** By the labels that it had: a deletion may come with others. */
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

  #need(namespace: string, service: string, needs: readonly LabelNeed[]): void {
    const before = this.#needed.get(service) ?? [];
    const keys = [...new Set(needs.map(({ key }) => key))];
    for (const key of keys) this.#shelf(namespace, key).users.add(service);
    for (const key of before) if (!keys.includes(key)) this.#drop(namespace, key, service);
    if (keys.length === 0) this.#needed.delete(service);
    else this.#needed.set(service, keys);
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
    const shelf: Shelf = { byValue: new Map(), users: new Set() };
    shelves.set(key, shelf);
    for (const [name, pod] of this.#byNamespace.get(namespace) ?? NONE) {
      const value = pod.metadata.labels?.[key];
      if (value !== undefined) put(shelf.byValue, value, name, pod);
    }
    return shelf;
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
