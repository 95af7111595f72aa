import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where `program` is in the folder that `KUBEBUILDER_ASSETS` names, if it is there. */
export function fromAssets(program: string): string | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS'];
  if (folder === undefined || folder === '') return undefined;
  const path = join(folder, program);
  return existsSync(path) ? path : undefined;
}
