import { readFileSync } from 'node:fs';
import type { ManagerProcess } from '../test/support/hostport/hostport.ts';

/** The most that was resident of a manager so far, by the kernel's books, in MiB. */
export function peakMemory({ pid = 0 }: ManagerProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1024;
}
