import { setTimeout as sleep } from 'node:timers/promises';

import { logTail, type Component } from './component.ts';

/** Waits until `check` says true, and fails as soon as one of the components ends or the time is over. */
export async function waitUntil(
  what: string,
  check: () => Promise<boolean>,
  components: readonly Component[],
  timeoutMs = 180_000,
): Promise<void> {
  const stopped = new AbortController();
  const polling = async (): Promise<void> => {
    const deadline = performance.now() + timeoutMs;
    while (!stopped.signal.aborted && !(await check())) {
      if (performance.now() > deadline) {
        const tails = components.map(({ spec }) => `--- end of the log of ${spec.name}:\n${logTail(spec)}`);
        throw new Error(`${what}: not within ${timeoutMs / 1000} s\n${tails.join('\n')}`);
      }
      await sleep(25);
    }
  };
  try {
    await Promise.race([polling(), ...components.map(({ failure }) => failure)]);
  } finally {
    stopped.abort();
  }
}
