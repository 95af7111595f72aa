import { rmSync } from 'node:fs';
import type { Lifetime } from '../../../src/base/lifetime.ts';
import { makeOwnedFolder, sweepOwnedFolders } from '../control-plane/owned-folder.ts';

/** A folder that goes with `lifetime`, or with the next run when this one is killed. */
export function ownedTemporaryFolder(parent: string, prefix: string, lifetime: Lifetime): string {
  sweepOwnedFolders(parent, prefix);
  const folder = makeOwnedFolder(parent, prefix);
  lifetime.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
