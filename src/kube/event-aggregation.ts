import type { ObjectReference } from './built-in.ts';

/** Something worth telling about an object, to whoever reads `kubectl describe`. */
export interface Occurrence {
  readonly regarding: ObjectReference & { readonly kind: string; readonly name: string };
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Which part of the program tells it. */
  readonly component: string;
}

/** What is known about occurrences that are alike: same object, type, reason, message and component. */
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
  /** Series and objects remembered; the oldest are forgotten. */
  readonly memory: number;
  /** Occurrences further apart than this begin a new series, in milliseconds. */
  readonly seriesMs: number;
}

const usualLimits: AggregationLimits = { burst: 25, refillMs: 10_000, memory: 4096, seriesMs: 600_000 };

/** Joins occurrences that are alike into one series, and silences objects that say too much. No I/O, no clock of its own. */
export class EventAggregation {
  readonly #limits: AggregationLimits;
  readonly #series = new Map<string, EventSeries>();
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: Partial<AggregationLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits };
  }

  /** The series that `occurrence` belongs to, counted up; undefined when its object has said too much. */
  note(occurrence: Occurrence, nowMs: number): EventSeries | undefined {
    if (!this.#takeToken(objectKey(occurrence), nowMs)) return undefined;
    const key = seriesKey(occurrence);
    const known = this.#series.get(key);
    this.#series.delete(key);
    const fresh = !known || nowMs - known.lastMs > this.#limits.seriesMs;
    const series = fresh
      ? { occurrence, count: 0, firstMs: nowMs, lastMs: nowMs, eventName: '', queued: false }
      : known;
    series.count += 1;
    series.lastMs = nowMs;
    remember(this.#series, key, series, this.#limits.memory);
    return series;
  }

  #takeToken(key: string, nowMs: number): boolean {
    const { burst, refillMs, memory } = this.#limits;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, filledAt: nowMs };
    const gained = Math.floor((nowMs - bucket.filledAt) / refillMs);
    const tokens = Math.min(burst, bucket.tokens + Math.max(0, gained));
    const filledAt = gained > 0 ? bucket.filledAt + gained * refillMs : bucket.filledAt;
    this.#buckets.delete(key);
    remember(this.#buckets, key, { tokens: Math.max(0, tokens - 1), filledAt }, memory);
    return tokens >= 1;
  }
}

/** Adds as the youngest, and forgets the oldest beyond `limit`. */
function remember<V>(map: Map<string, V>, key: string, value: V, limit: number): void {
  map.set(key, value);
  if (map.size <= limit) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function objectKey({ regarding }: Occurrence): string {
  return [regarding.kind, regarding.namespace ?? '', regarding.name, regarding.uid ?? ''].join('\n');
}

function seriesKey(occurrence: Occurrence): string {
  const { type, reason, message, component } = occurrence;
  return [objectKey(occurrence), type, reason, component, message].join('\n');
}
