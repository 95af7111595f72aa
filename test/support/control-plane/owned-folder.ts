import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { identify, isAlive } from './process.ts';

/** Makes a new folder whose name says which process it belongs to: no moment in which it is there without an owner. */
export function makeOwnedFolder(parent: string, prefix: string): string {
  const { pid, started } = identify(process.pid);
  return mkdtempSync(join(parent, `${prefix}${pid}-${started}-`));
}

/** Removes the folders that {@link makeOwnedFolder} made for processes that are gone: runs that were killed. */
export function sweepOwnedFolders(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const [, pid, started] = /^(\d+)-(\w*)-\w{6}$/.exec(name.slice(prefix.length)) ?? [];
    if (pid === undefined || started === undefined || isAlive({ pid: Number(pid), started })) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's, or another sweep is at it: neither is in our way.
    }
  }
}
