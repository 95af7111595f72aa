import { pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { ClusterClient, ListOptions, ObjectList, Selection, WatchEvent } from './client.ts';
import type { Contact } from './contact.ts';
import { ApiError, isApiError } from './errors.ts';
import { keyOf } from './resource.ts';
import type { KubeObject, ResourceType } from './resource.ts';
import { backoffMs } from './retry.ts';

/** The part of a client that the loop needs. */
export type WatchSource = Pick<ClusterClient, 'list' | 'watch'>;

/** Which objects of a list are kept, and which part of each. A list is many times larger than what is kept of it. */
type Wanted<T extends KubeObject> = Required<Pick<ListOptions<T>, 'keep' | 'trim'>>;

/** Where the loop delivers lists and events. */
interface WatchSink<T extends KubeObject> {
  /** The newest version seen so far. Read before each list. */
  newest(): string;
  readonly wanted: Wanted<T>;
  listed(list: ObjectList<T>, floor: string): void;
  happened(event: WatchEvent<T>): void;
}

/** What the loop needs. */
interface WatchLoopOptions<T extends KubeObject> {
  readonly client: WatchSource;
  readonly type: ResourceType<T>;
  readonly selection: Selection;
  readonly silenceMs?: number | undefined;
  readonly sink: WatchSink<T>;
  readonly contact: Contact;
  readonly clock: Clock;
  readonly random: Random;
}

/** A watch that ends sooner than this without an event has failed, in milliseconds. */
const tooShortMs = 1_000;
/** After this many refusals of one version the loop lists again: the API server may never serve that version again. */
const refusalsUntilRelist = 5;

/**
 * Lists once and then watches until the signal aborts. When a watch ends, the loop continues from the last version.
 * When the API server has dropped that version, the loop lists again. After any failure it waits and tries again.
 *
 * A list is streamed, as the beginning of the watch. After a failed streamed list the next list is requested in pages,
 * in case streaming was the reason. An API server without streamed lists (most before Kubernetes 1.32) isn't asked for
 * one again.
 */
export class WatchLoop<T extends KubeObject> {
  readonly #options: WatchLoopOptions<T>;
  #version: string | undefined;
  #hasStreams = true;
  /** Whether the next list is requested in pages. */
  #inPages = false;
  #failure = '';
  #failures = 0;

  constructor(options: WatchLoopOptions<T>) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#version === undefined && this.#inPages) this.#version = await this.#list(signal);
        await this.#watch(this.#version, signal);
      } catch (error) {
        await this.#recover(error, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, type, selection, sink, contact } = this.#options;
    this.#inPages = !this.#hasStreams;
    const floor = sink.newest();
    const list = await client.list(type, { ...selection, ...sink.wanted, signal, timeoutMs: 60_000, retryForMs: 0 });
    contact.heard();
    sink.listed(list, floor);
    return list.resourceVersion;
  }

  async #watch(from: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, type, selection, sink, contact, clock, random, silenceMs } = this.#options;
    const began = clock.monotonic();
    const options = {
      ...selection,
      signal,
      resourceVersion: from,
      // Random, so that the watches of many kinds and replicas don't end at the same time.
      timeoutSeconds: 300 + random.below(300),
      onOpen: () => contact.heard(),
      ...(silenceMs === undefined ? {} : { silenceMs }),
    };
    const floor = sink.newest();
    let streamed = from === undefined ? new StreamedList(sink.wanted) : undefined;
    if (streamed !== undefined) this.#inPages = true;
    let events = 0;
    for await (const event of client.watch(type, options)) {
      events++;
      contact.heard();
      if (streamed === undefined) sink.happened(event);
      else {
        const list = streamed.take(event);
        if (list === undefined) continue;
        sink.listed(list, floor);
        streamed = undefined;
        this.#inPages = false;
      }
      this.#failures = 0;
      this.#version = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
    }
    if (streamed !== undefined) throw failed(type, 'the list ended before its last object');
    if (events === 0 && clock.monotonic() - began < tooShortMs) throw failed(type, 'the watch ended at once');
    this.#failures = 0;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { contact, clock, random } = this.#options;
    if (this.#hasStreams && this.#version === undefined && isApiError(error, 'invalid')) {
      this.#hasStreams = false;
      return;
    }
    const failure = isApiError(error) ? error.kind : 'fault';
    // Each kind of trouble has a count of its own: refusals after a long outage aren't a continuation of the outage.
    if (failure !== this.#failure) this.#failures = 0;
    this.#failure = failure;
    const attempt = this.#failures++;
    if (failure === 'gone' || this.#isRefusedForGood(error)) this.#version = undefined;
    if (failure === 'gone' && attempt === 0) return;
    contact.lost(error, attempt);
    const noAnswer = isApiError(error) && error.code === 0;
    const wait = backoffMs({ firstMs: 500, capMs: noAnswer ? 5_000 : 30_000 }, attempt, random);
    const asked = isApiError(error) ? (error.retryAfterMs ?? 0) : 0;
    await pause(clock, Math.max(wait, asked), signal).catch(() => undefined);
  }

  #isRefusedForGood(error: unknown): boolean {
    const answered = !isApiError(error) || error.code !== 0;
    return answered && this.#failures % refusalsUntilRelist === 0;
  }
}

/**
 * Collects a list that arrives as a watch (KEP-3157). Each object is reduced to what is wanted before the next one is
 * read. Changes that happen meanwhile may arrive among the objects.
 */
class StreamedList<T extends KubeObject> {
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

function failed(type: ResourceType, message: string): ApiError {
  return new ApiError({ kind: 'unavailable', code: 0, reason: '', message, request: `WATCH ${type.plural}` });
}
