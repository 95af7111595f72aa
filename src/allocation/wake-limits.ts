import type { Place } from './waiting-line.ts';

/** How many waiters are planned together. If none of so many of a group can be met, the rest of the group isn't tried. */
const SLICE = 16;

/** For how many numbers waiters are planned together: fewer waiters if each asks for many numbers. */
const SLICE_NUMBERS = 1_024;

/** How many waiters may be awake. Each further waiter is planned behind all of them. */
const MOST_AWAKE = 128;

/** For how many numbers together these waiters may ask; a single waiter may ask for more. */
const MOST_AWAKE_NUMBERS = 4_096;

/** Waiters that were woken and aren't served yet. There is a limit to them, so that no plan gets too large. */
export class AwakeWaiters {
  /** The time of waking by place; the earliest woken first. */
  readonly #wokenAt = new Map<Place, number>();
  #numbers = 0;

  get size(): number {
    return this.#wokenAt.size;
  }

  /** Whether as many waiters are awake as may be. */
  get isFull(): boolean {
    return this.#wokenAt.size >= MOST_AWAKE || this.#numbers >= MOST_AWAKE_NUMBERS;
  }

  has(place: Place): boolean {
    return this.#wokenAt.has(place);
  }

  /** Their places, the earliest woken first. */
  places(): readonly Place[] {
    return [...this.#wokenAt.keys()];
  }

  /** Adds `place`, woken at `now` by the monotonic clock. */
  add(place: Place, now: number): void {
    this.#wokenAt.set(place, now);
    this.#numbers += sizeOf(place);
  }

  /** Does nothing if `place` isn't awake. */
  delete(place: Place): void {
    if (this.#wokenAt.delete(place)) this.#numbers -= sizeOf(place);
  }

  /** Removes those that were woken `ageMs` ago or earlier and still aren't served: others may have their room. */
  forget(ageMs: number, now: number): void {
    for (const [place, wokenAt] of this.#wokenAt) if (now - wokenAt >= ageMs) this.delete(place);
  }
}

/** `places` in slices that are planned together. */
export function* slicesOf(places: readonly Place[]): Generator<readonly Place[]> {
  let slice: Place[] = [];
  let numbers = 0;
  for (const place of places) {
    const size = sizeOf(place);
    if (slice.length === SLICE || (slice.length > 0 && numbers + size > SLICE_NUMBERS)) {
      yield slice;
      [slice, numbers] = [[], 0];
    }
    slice.push(place);
    numbers += size;
  }
  if (slice.length > 0) yield slice;
}

/** How many numbers the request of `place` is for. */
function sizeOf({ waiter }: Place): number {
  let size = 0;
  for (const { count } of waiter.ask.ports) size += count;
  return size;
}
