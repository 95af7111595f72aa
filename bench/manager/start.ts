import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { invariant } from '../../src/base/result.ts';
import type { ManagerProcess, RunningHostport } from '../../test/support/hostport/hostport.ts';

/** What comes after readiness belongs to the peak: the election, the first reconciles, a sweep. In milliseconds. */
export const SETTLE_MS = 8_000;

/** Starts a manager; the seconds until it was ready, and its peak of memory {@link SETTLE_MS} later, in MiB. */
export async function startManager(
  hostport: RunningHostport,
): Promise<{ readonly manager: ManagerProcess; readonly seconds: number; readonly mebibytes: number }> {
  const began = performance.now();
  const manager = await hostport.addManager({ wait: false });
  while (!(await manager.ready())) {
    invariant(manager.pid !== undefined, `the manager ended:\n${manager.describe()}`);
    await sleep(10);
  }
  const seconds = (performance.now() - began) / 1000;
  await sleep(SETTLE_MS);
  return { manager, seconds, mebibytes: peakMemory(manager) };
}

/** The most that was resident of a manager so far, by the kernel's books. */
function peakMemory({ pid = 0 }: ManagerProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1024;
}
