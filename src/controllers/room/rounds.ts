import type { Clock } from '../../base/clock.ts';

/**
 * How often further nodes are enqueued, in milliseconds, and how many: half of what may be written, so that other
 * changes get their turn.
 */
const EVERY_MS = 100;
const AT_ONCE = 10;

/**
 * Enqueues many nodes, a few at a time: a change on all nodes is handled on one after the other, and a change on one
 * node meanwhile doesn't wait for that.
 */
export class Rounds implements Disposable {
  readonly #clock: Clock;
  readonly #look: (node: string) => void;
  readonly #isHeldUp: () => boolean;
  readonly #left = new Set<string>();
  #timer: Disposable | undefined;

  /** @param isHeldUp while it returns true, nodes are enqueued one by one, only to find out whether it still does */
  constructor(clock: Clock, look: (node: string) => void, isHeldUp: () => boolean = () => false) {
    this.#clock = clock;
    this.#look = look;
    this.#isHeldUp = isHeldUp;
  }

  /** Enqueues `nodes`, once each; a node that was enqueued before is enqueued once more. */
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
