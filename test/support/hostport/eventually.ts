import { setTimeout as sleep } from 'node:timers/promises';

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
const LONGEST = 3_000;
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
        seen = textOf(value);
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

/** Short enough to be read: without the book-keeping of the API server, and cut off. */
function textOf(value: unknown): string {
  const text =
    (JSON.stringify(value, (key, inner: unknown) => (key === 'managedFields' ? undefined : inner), 1) as
      string | undefined) ?? 'undefined';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
