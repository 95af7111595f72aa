import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { identify, isAlive, type ProcessIdentity } from './process.ts';

/**
 * Holds the lock file at `path` until it is disposed. The lock of a process that is gone is taken over; while one that
 * lives holds it, `onWait` is told who, every ten seconds.
 *
 * What it guards must stand two holders all the same: in the instant of a takeover a third process can slip in.
 */
export async function acquireLock(path: string, onWait: (holder: number) => void): Promise<AsyncDisposable> {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    for (let round = 0; !tryLink(mine, path); round++)
      await outwait(path, mine, round % 100 === 0 ? onWait : undefined);
  } finally {
    rmSync(mine, { force: true });
  }
  return {
    [Symbol.asyncDispose]: () => {
      rmSync(path, { force: true });
      return Promise.resolve();
    },
  };
}

/** Waits a little for a holder that lives, and takes the lock from one that is gone. */
async function outwait(path: string, mine: string, onWait?: (holder: number) => void): Promise<void> {
  const holder = readHolder(path);
  if (holder === undefined || !isAlive(holder)) return takeAway(path, `${mine}.stale`);
  onWait?.(holder.pid);
  await sleep(100);
}

/** Linking a complete file, rather than creating and then writing it, never shows a lock without its holder. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined; // given back in the meantime
  }
}

function takeAway(path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch {
    return; // somebody else was quicker
  }
  // If somebody else had taken the stale lock over already, this was theirs: it goes back.
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder)) tryLink(aside, path);
  rmSync(aside, { force: true });
}
