import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

/**
 * Reads until what is read is as wanted, and gives it. The failure says what was waited for and what was seen last. A
 * read that throws counts as not there yet: the API server may be away.
 */
export type Eventually = <T>(
  read: () => Promise<T> | T,
  holds: (value: T) => boolean,
  what: string,
  timeoutMs?: number,
) => Promise<T>;

const POLL_MS = 50;
const USUAL_PATIENCE_MS = 30_000;

/** Makes an {@link Eventually} whose failures end with what `background` says: logs, for example. */
export function eventuallyWith(background: () => string): Eventually {
  return async (read, holds, what, timeoutMs = USUAL_PATIENCE_MS) => {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      let seen;
      try {
        const value = await read();
        if (holds(value)) return value;
        seen = inspect(value, { depth: 8, breakLength: 120, maxArrayLength: 20 });
      } catch (error) {
        seen = error instanceof Error ? error.message : String(error);
      }
      if (performance.now() > deadline) {
        throw new Error(`${what}: not within ${timeoutMs / 1000} s; last seen: ${seen}\n${background()}`);
      }
      await sleep(POLL_MS);
    }
  };
}
