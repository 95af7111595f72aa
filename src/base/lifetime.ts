/** Anything that must be ended: a watch, a server, a timer, a loop. */
export type Ending = () => void | Promise<void>;

const open = new Map<Lifetime, string>();

/**
 * Owns what must be ended, and ends it in reverse order, once. Every lifetime that is still open is known by
 * {@link openLifetimes}, so that a test suite can fail on what it leaves behind.
 */
export class Lifetime implements AsyncDisposable {
  readonly #endings: Ending[] = [];
  readonly #abort = new AbortController();
  #ended: Promise<void> | undefined;

  /** @param label what this is, for the report of what was left open */
  constructor(label: string) {
    open.set(this, label);
  }

  /** Aborted at the start of the end: everything that waits inside this lifetime stops waiting. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Registers what must be ended. Called in reverse order of registration. */
  defer(ending: Ending): void {
    this.#endings.push(ending);
  }

  /** Takes over `owned` and returns it. */
  own<T extends Disposable | AsyncDisposable>(owned: T): T {
    this.defer(() =>
      Symbol.asyncDispose in owned ? Promise.resolve(owned[Symbol.asyncDispose]()) : owned[Symbol.dispose](),
    );
    return owned;
  }

  /** Runs `loop` until the lifetime ends, and waits for it then. A rejection is handed to `onFault`. */
  run(loop: (signal: AbortSignal) => Promise<void>, onFault: (error: unknown) => void): void {
    const running = loop(this.signal).catch((error: unknown) => {
      if (!this.signal.aborted) onFault(error);
    });
    this.defer(() => running);
  }

  /** Ends everything; a second call waits for the first. All endings run, the first failure is thrown at the end. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#abort.abort();
    const failures: unknown[] = [];
    for (const ending of this.#endings.reverse()) {
      try {
        await ending();
      } catch (error) {
        failures.push(error);
      }
    }
    open.delete(this);
    if (failures.length > 0) throw failures[0];
  }
}

/** Labels of the lifetimes that were begun and not ended. */
export function openLifetimes(): readonly string[] {
  return [...open.values()];
}
