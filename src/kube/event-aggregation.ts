import { LRUCache } from 'lru-cache';
import type { ObjectReference } from './built-in.ts';

/** The object that an Event is about. */
export type EventSubject = ObjectReference & { readonly kind: string; readonly name: string };

/** A reason in one CamelCase word, for programs, and a sentence for people. */
export interface Reason {
  readonly reason: string;
  readonly message: string;
}

/** The content of an Event. */
export interface EventNote extends Reason {
  readonly type: 'Normal' | 'Warning';
}

/** Something that happened to an object, for people who run `kubectl describe`. */
export interface Occurrence extends EventNote {
  readonly regarding: EventSubject;
}

/** Equal occurrences: same object, type, reason and message. */
export interface EventSeries {
  readonly occurrence: Occurrence;
  /** How often it has occurred. */
  count: number;
  /** Wall-clock times, in milliseconds. */
  readonly firstMs: number;
  lastMs: number;
  /** The name of the Event that stores this series. Empty before the first write. */
  eventName: string;
  /** Whether it is in the queue to be written. */
  queued: boolean;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** How many Events one object may have. */
interface AggregationLimits {
  /** How many Events an object may have at once. */
  readonly burst: number;
  /** After this many milliseconds an object may have one Event more. */
  readonly refillMs: number;
  /** How many series and how many objects are remembered. The least recently noted ones are forgotten. */
  readonly memory: number;
  /** An occurrence that comes later than this after the one before starts a new series, in milliseconds. */
  readonly seriesMs: number;
}

const usualLimits: AggregationLimits = { burst: 25, refillMs: 10_000, memory: 4096, seriesMs: 600_000 };

/** Merges equal occurrences into one series, and limits the Events of each object. It does no I/O and has no clock. */
export class EventAggregation {
  readonly #limits: AggregationLimits;
  readonly #series: LRUCache<string, EventSeries>;
  readonly #buckets: LRUCache<string, Bucket>;

  constructor(limits: Partial<AggregationLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits };
    this.#series = new LRUCache({ max: this.#limits.memory });
    this.#buckets = new LRUCache({ max: this.#limits.memory });
  }

  /** Counts `occurrence` and returns its series. Returns undefined when the object has had too many Events. */
  note(occurrence: Occurrence, nowMs: number): EventSeries | undefined {
    if (!this.#takeToken(objectKey(occurrence), nowMs)) return undefined;
    const key = seriesKey(occurrence);
    const known = this.#series.get(key);
    const fresh = !known || nowMs - known.lastMs > this.#limits.seriesMs;
    const series = fresh
      ? { occurrence, count: 0, firstMs: nowMs, lastMs: nowMs, eventName: '', queued: false }
      : known;
    series.count += 1;
    series.lastMs = nowMs;
    this.#series.set(key, series);
    return series;
  }

  #takeToken(key: string, nowMs: number): boolean {
    const { burst, refillMs } = this.#limits;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, filledAt: nowMs };
    const gained = Math.floor((nowMs - bucket.filledAt) / refillMs);
    const tokens = Math.min(burst, bucket.tokens + Math.max(0, gained));
    const filledAt = gained > 0 ? bucket.filledAt + gained * refillMs : bucket.filledAt;
    this.#buckets.set(key, { tokens: Math.max(0, tokens - 1), filledAt });
    return tokens >= 1;
  }
}

function objectKey({ regarding }: Occurrence): string {
  return [regarding.kind, regarding.namespace ?? '', regarding.name, regarding.uid ?? ''].join('\n');
}

function seriesKey(occurrence: Occurrence): string {
  const { type, reason, message } = occurrence;
  return [objectKey(occurrence), type, reason, message].join('\n');
}
