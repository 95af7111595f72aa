/** The grain, in milliseconds: whose time comes within it is found together. */
const GRAIN_MS = 100;

/** When each of many is due: finding those whose time has come costs nothing for the others. */
export class DueTimes<T> {
  readonly #at = new Map<T, number>();
  readonly #bySlot = new Map<number, Set<T>>();

  /** When `item` is due, in milliseconds. */
  of(item: T): number | undefined {
    return this.#at.get(item);
  }

  set(item: T, at: number): void {
    this.delete(item);
    this.#at.set(item, at);
    const slot = slotOf(at);
    const items = this.#bySlot.get(slot);
    if (items === undefined) this.#bySlot.set(slot, new Set([item]));
    else items.add(item);
  }

  /** Deleting what isn't there is a no-op. */
  delete(item: T): void {
    const at = this.#at.get(item);
    if (at === undefined) return;
    this.#at.delete(item);
    const items = this.#bySlot.get(slotOf(at));
    items?.delete(item);
    if (items?.size === 0) this.#bySlot.delete(slotOf(at));
  }

  /** What is due at `now`, in no order; it stays so until another time is set. */
  by(now: number): T[] {
    const due: T[] = [];
    for (const [slot, items] of this.#bySlot) {
      if (slot > slotOf(now)) continue;
      for (const item of items) if ((this.#at.get(item) ?? Infinity) <= now) due.push(item);
    }
    return due;
  }
}

function slotOf(at: number): number {
  return Math.floor(at / GRAIN_MS);
}
