import type { Clock } from '../../base/clock.ts';

/** How often some more nodes are handed on, in milliseconds, and how many: half of what may be written, so that others have their turn. */
const EVERY_MS = 100;
const AT_ONCE = 10;

/**
 * Has many nodes looked at, a few at a time: what changes on all of them is shown on one after the other, and what changes on
 * one node meanwhile doesn't wait for that.
 */
export class Rounds implements Disposable {
  readonly #clock: Clock;
  readonly #look: (node: string) => void;
  readonly #isHeldUp: () => boolean;
  readonly #left = new Set<string>();
  #timer: Disposable | undefined;

  /** @param isHeldUp while this is so, nodes are handed on one by one: just to see whether it still is */
  constructor(clock: Clock, look: (node: string) => void, isHeldUp: () => boolean = () => false) {
    this.#clock = clock;
    this.#look = look;
    this.#isHeldUp = isHeldUp;
  }

  /** Has `nodes` looked at, once each; those that were and are here again, once more. */
  add(nodes: Iterable<string>): void {
    for (const node of nodes) this.#left.add(node);
    if (this.#left.size > 0) this.#timer ??= this.#clock.schedule(0, () => this.#handOn());
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#left.clear();
  }

  #handOn(): void {
    this.#timer = undefined;
    let count = this.#isHeldUp() ? 1 : AT_ONCE;
    for (const node of this.#left) {
      if (count-- === 0) break;
      this.#left.delete(node);
      this.#look(node);
    }
    if (this.#left.size > 0) this.#timer = this.#clock.schedule(EVERY_MS, () => this.#handOn());
  }
}
