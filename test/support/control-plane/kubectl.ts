import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { fromAssets } from './assets.ts';
import { ensureBuilt, targets } from './build.ts';

/**
 * Sees to it that this process, and what it starts, finds a `kubectl`: where there is none on the PATH, ours is put there,
 * from the folder that `KUBEBUILDER_ASSETS` names or built.
 * @returns the folder that was added to the PATH, if one was
 */
export async function ensureKubectl(report: (line: string) => void): Promise<string | undefined> {
  const { PATH: path = '' } = process.env;
  const isThere = path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, 'kubectl')));
  if (isThere) return undefined;
  const asset = fromAssets('kubectl');
  const folder = asset === undefined ? await ensureBuilt(targets.kubectl, report) : dirname(asset);
  process.env['PATH'] = path === '' ? folder : path + delimiter + folder;
  return folder;
}
