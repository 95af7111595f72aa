import { LRUCache } from 'lru-cache';
import type { ObjectReference } from './built-in.ts';

/** The object that an Event is about. */
export type EventSubject = ObjectReference & { readonly kind: string; readonly name: string };

/** A reason for programs, in one word in CamelCase, and a sentence for people. */
export interface Reason {
  readonly reason: string;
  readonly message: string;
}

/** What an Event says. */
export interface EventNote extends Reason {
  readonly type: 'Normal' | 'Warning';
}

/** Something that happened to an object, for the readers of `kubectl describe`. */
export interface Occurrence extends EventNote {
  readonly regarding: EventSubject;
}

/** Occurrences that are alike: same object, type, reason and message. */
export interface EventSeries {
  readonly occurrence: Occurrence;
  /** How often it occurred. */
  count: number;
  /** Wall times in milliseconds. */
  readonly firstMs: number;
  lastMs: number;
  /** The name of the Event that holds the series; empty before the first write. */
  eventName: string;
  /** Whether it waits to be written. */
  queued: boolean;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** How much one object may say. */
export interface AggregationLimits {
  /** Events at once, for each object. */
  readonly burst: number;
  /** One more each so many milliseconds. */
  readonly refillMs: number;
  /** How many series and objects are remembered; those not noted for longest are forgotten. */
  readonly memory: number;
  /** Occurrences further apart than this begin a new series, in milliseconds. */
  readonly seriesMs: number;
}

const usualLimits: AggregationLimits = { burst: 25, refillMs: 10_000, memory: 4096, seriesMs: 600_000 };

/** Joins occurrences that are alike into one series, and silences objects that say too much. No I/O, no clock of its own. */
export class EventAggregation {
  readonly #limits: AggregationLimits;
  readonly #series: LRUCache<string, EventSeries>;
  readonly #buckets: LRUCache<string, Bucket>;

  constructor(limits: Partial<AggregationLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits };
    this.#series = new LRUCache({ max: this.#limits.memory });
    this.#buckets = new LRUCache({ max: this.#limits.memory });
  }

  /** The series that `occurrence` belongs to, counted up; undefined when its object has said too much. */
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
