import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that stays the same one: its id alone is given to another process sooner or later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in whatever the system counts, fit for a file name; empty when it was gone already. */
  readonly started: string;
}

/** The identity of the process that has `pid` now. */
export function identify(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) };
}

/** Whether that very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identity.started !== '' && startOf(identity.pid) === identity.started;
}

/** Ends a process that need not be a child of ours: SIGTERM, and SIGKILL once `graceMs` have passed. */
export async function endProcess(target: ProcessIdentity, graceMs = 5_000): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', 2_000],
  ] as const) {
    if (!isAlive(target)) return;
    try {
      process.kill(target.pid, signal);
    } catch {
      return; // it ended in this instant, or it isn't ours to end
    }
    const deadline = performance.now() + patienceMs;
    while (isAlive(target) && performance.now() < deadline) await sleep(20);
  }
}

function startOf(pid: number): string {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .replace(/\W+/g, '_');
    }
    // The name in parentheses may hold spaces and parentheses; what follows the last one is split by single spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return state === 'Z' ? '' : (started ?? ''); // a zombie only waits for its parent to take note
  } catch {
    return '';
  }
}
