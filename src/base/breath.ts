/** How long a long walk may keep the event loop, in milliseconds. */
const LIMIT_MS = 10;

/** Yields the event loop now and then during a long loop. */
export class Breath {
  #began = performance.now();

  /** Whether it is time to yield: for loops that shouldn't await when it isn't. */
  get isDue(): boolean {
    return performance.now() - this.#began >= LIMIT_MS;
  }

  /** To be awaited between two short steps; yields if it is time. */
  async take(): Promise<void> {
    if (!this.isDue) return;
    await new Promise<void>((resolve) => void setTimeout(resolve, 0));
    this.#began = performance.now();
  }
}
