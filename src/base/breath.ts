/** How long a long walk may keep the event loop, in milliseconds. */
const LIMIT_MS = 10;

/** Lets others have the event loop, now and then, while something long is walked through. */
export class Breath {
  #began = performance.now();

  /** Whether it is time to give way: for who does nothing else before the next step where it isn't. */
  get isDue(): boolean {
    return performance.now() - this.#began >= LIMIT_MS;
  }

  /** To be awaited between two steps, each of them short; gives way where it is time. */
  async take(): Promise<void> {
    if (!this.isDue) return;
    await new Promise<void>((resolve) => void setTimeout(resolve, 0));
    this.#began = performance.now();
  }
}
