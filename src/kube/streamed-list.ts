import type { ListOptions, ObjectList, WatchEvent } from './client.ts';
import { keyOf } from './resource.ts';
import type { KubeObject } from './resource.ts';

/** Which objects of a list are kept, and which part of each. A list is many times larger than what is kept of it. */
export type Wanted<T extends KubeObject> = Required<Pick<ListOptions<T>, 'keep' | 'trim'>>;

/**
 * Collects a list that arrives as a watch (KEP-3157). Each object is reduced to what is wanted before the next one is
 * read. Changes that happen meanwhile may arrive among the objects.
 */
export class StreamedList<T extends KubeObject> {
  readonly #wanted: Wanted<T>;
  readonly #objects = new Map<string, T>();

  constructor(wanted: Wanted<T>) {
    this.#wanted = wanted;
  }

  /** Takes one event of the watch. Returns the list when the event ends it, otherwise undefined. */
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
