import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { ensureBuilt, targets } from './build.ts';

/**
 * Sees to it that this process, and what it starts, finds a `kubectl`: where there is none on the PATH, ours is put there,
 * from the folder that `KUBEBUILDER_ASSETS` names or built.
 * @returns the folder that was added to the PATH, if one was
 */
export async function ensureKubectl(report: (line: string) => void): Promise<string | undefined> {
  const { PATH: path = '', KUBEBUILDER_ASSETS: assets = '' } = process.env;
  if (path.split(delimiter).some(hasKubectl)) return undefined;
  const folder = hasKubectl(assets) ? assets : await ensureBuilt(targets.kubectl, report);
  process.env['PATH'] = path === '' ? folder : path + delimiter + folder;
  return folder;
}

function hasKubectl(folder: string): boolean {
  return folder !== '' && existsSync(join(folder, 'kubectl'));
}
