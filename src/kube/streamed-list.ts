import type { ListOptions, ObjectList, WatchEvent } from './client.ts';
import { keyOf } from './resource.ts';
import type { KubeObject } from './resource.ts';

/** What of a list is wanted, by object: a list as it comes is many times as large as what is kept of it. */
export type Wanted<T extends KubeObject> = Required<Pick<ListOptions<T>, 'keep' | 'trim'>>;

/**
 * Gathers a list that comes as a watch (KEP-3157): every object by itself, forgotten but for what is wanted of it before the
 * next is read. What happens meanwhile may come among them.
 */
export class StreamedList<T extends KubeObject> {
  readonly #wanted: Wanted<T>;
  readonly #objects = new Map<string, T>();

  constructor(wanted: Wanted<T>) {
    this.#wanted = wanted;
  }

  /** Takes in what the watch told, and gives the list when that was its end. */
  take(event: WatchEvent<T>): ObjectList<T> | undefined {
    if (event.type === 'BOOKMARK') {
      const { endsList, resourceVersion } = event;
      return endsList ? { items: [...this.#objects.values()], resourceVersion } : undefined;
    }
    const { type, object } = event;
    const { keep, trim } = this.#wanted;
    if (type === 'DELETED' || !keep(object)) this.#objects.delete(keyOf(object));
    else this.#objects.set(keyOf(object), trim(object));
    return undefined;
  }
}
