import type { Clock } from '../base/clock.ts';
import { abandonable, isCancellation, pause } from '../base/cancellation.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeEvent } from './built-in.ts';
import type { ClusterClient } from './client.ts';
import { isApiError } from './errors.ts';
import { EventAggregation } from './event-aggregation.ts';
import type { EventNote, EventSeries, EventSubject, Occurrence } from './event-aggregation.ts';
import { Events } from './kinds.ts';
import { secondTime } from './resource.ts';
import type { Draft, KubeObject } from './resource.ts';

/** What a recorder needs. */
interface EventRecorderOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The program that reports. */
  readonly component: string;
  /** The process of that program: the name of its pod or machine. */
  readonly instance: string;
}

/** Writes Kubernetes Events in the background. No caller waits for a write, and nothing depends on one. */
export interface EventRecorder extends AsyncDisposable {
  /**
   * Records that something happened to an object. Never throws. Events beyond the limit of one object, or of the whole
   * queue, are dropped.
   */
  record(about: EventSubject, note: EventNote): void;
}

/** The reference by which an Event names `object`. */
export function referenceTo({ apiVersion, kind, metadata }: KubeObject): EventSubject {
  const { namespace, name, uid } = metadata;
  return { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) };
}

/** How many series may wait to be written. New series beyond this are dropped. */
const queueLimit = 1_000;
/** How long a disposal may take to write what is in the queue, in milliseconds. */
const flushMs = 2_000;
/** The API server refuses longer messages, in characters. */
const messageLimit = 1_024;

/** Starts a recorder. Disposing it ends it. */
export function startEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new BackgroundRecorder(options);
}

class BackgroundRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #aggregation = new EventAggregation();
  readonly #queue: EventSeries[] = [];
  readonly #lifetime = new Lifetime('event recorder');
  #wake: () => void = () => undefined;
  #writing: Promise<void> = Promise.resolve();
  #sequence = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#lifetime.run(
      (signal) => this.#loop(signal),
      (error) => options.logger.error('the event recorder broke', { error }),
    );
  }

  record(regarding: EventSubject, { type, reason, message }: EventNote): void {
    if (this.#lifetime.signal.aborted) return;
    const occurrence = { regarding, type, reason, message: message.slice(0, messageLimit) };
    const series = this.#aggregation.note(occurrence, this.#options.clock.now());
    // A series that is in the queue is written with its latest count.
    if (!series || series.queued || this.#queue.length >= queueLimit) return;
    series.queued = true;
    this.#queue.push(series);
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { clock } = this.#options;
    const limit = new AbortController();
    const drained = this.#drained().finally(() => limit.abort());
    await Promise.race([drained, pause(clock, flushMs, limit.signal).catch(() => undefined)]);
    limit.abort();
    await this.#lifetime[Symbol.asyncDispose]();
  }

  async #drained(): Promise<void> {
    while (this.#queue.length > 0 && !this.#lifetime.signal.aborted) await this.#writing;
    await this.#writing;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const series = this.#queue.shift();
      if (series) {
        this.#writing = this.#write(series, signal);
        await this.#writing;
      } else {
        await abandonable(new Promise<void>((resolve) => (this.#wake = resolve)), signal);
      }
    }
  }

  async #write(series: EventSeries, signal: AbortSignal): Promise<void> {
    series.queued = false;
    try {
      if (series.eventName === '' || !(await this.#countUp(series, signal))) await this.#create(series, signal);
    } catch (error) {
      if (isCancellation(error, signal)) return;
      // Normal in a namespace that is being deleted: Events can't be created there.
      this.#options.logger.debug('an Event was not written', { reason: series.occurrence.reason, error });
    }
  }

  async #create(series: EventSeries, signal: AbortSignal): Promise<void> {
    const name = eventName(series.occurrence.regarding.name, this.#options.clock.now(), this.#sequence++);
    await this.#options.client.create(Events, eventOf(series, name, this.#options), {
      signal,
      metadataOnly: true,
    });
    series.eventName = name;
  }

  /** Returns false when the Event no longer exists: the API server deletes Events after an hour. */
  async #countUp(series: EventSeries, signal: AbortSignal): Promise<boolean> {
    const body = { count: series.count, lastTimestamp: secondTime(series.lastMs) };
    const key = { namespace: namespaceOf(series.occurrence), name: series.eventName };
    try {
      await this.#options.client.patch(Events, key, { type: 'merge', body, signal, metadataOnly: true });
      return true;
    } catch (error) {
      if (isApiError(error, 'notFound')) return false;
      throw error;
    }
  }
}

/** Named as client-go does: the object's name and a unique suffix, within the 253 characters of a name. */
function eventName(object: string, nowMs: number, sequence: number): string {
  const unique = `${nowMs.toString(16)}${(sequence % 0x10000).toString(16).padStart(4, '0')}`;
  return `${object.slice(0, 253 - unique.length - 1).replace(/[^a-z0-9]+$/, '')}.${unique}`;
}

/** Events of cluster-scoped objects are in the namespace `default`. */
function namespaceOf(occurrence: Occurrence): string {
  return occurrence.regarding.namespace ?? 'default';
}

function eventOf(series: EventSeries, name: string, { component, instance }: EventRecorderOptions): Draft<KubeEvent> {
  const { regarding, type, reason, message } = series.occurrence;
  return {
    metadata: { namespace: namespaceOf(series.occurrence), name },
    involvedObject: regarding,
    type,
    reason,
    message,
    count: series.count,
    firstTimestamp: secondTime(series.firstMs),
    lastTimestamp: secondTime(series.lastMs),
    source: { component, host: instance },
    reportingComponent: component,
    reportingInstance: instance,
  };
}
