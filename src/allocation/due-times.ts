import { Files } from './files.ts';

/** The grain, in milliseconds: whose time comes within it is found together. */
const GRAIN_MS = 100;

/** When each of many is due: finding those whose time has come costs nothing for the others. */
export class DueTimes<T> {
  readonly #at = new Map<T, number>();
  readonly #bySlot = new Files<number, T>();

  /** When `item` is due, in milliseconds. */
  of(item: T): number | undefined {
    return this.#at.get(item);
  }

  set(item: T, at: number): void {
    this.delete(item);
    this.#at.set(item, at);
    this.#bySlot.add(slotOf(at), item);
  }

  /** Deleting what isn't there is a no-op. */
  delete(item: T): void {
    const at = this.#at.get(item);
    if (at === undefined) return;
    this.#at.delete(item);
    this.#bySlot.delete(slotOf(at), item);
  }

  /** What is due at `now`, in no order; it stays so until another time is set. */
  by(now: number): T[] {
    const due: T[] = [];
    for (const slot of this.#bySlot.keys()) {
      if (slot > slotOf(now)) continue;
      for (const item of this.#bySlot.of(slot)) if ((this.#at.get(item) ?? Infinity) <= now) due.push(item);
    }
    return due;
  }
}

function slotOf(at: number): number {
  return Math.floor(at / GRAIN_MS);
}
