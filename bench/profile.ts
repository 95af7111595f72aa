import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the profiles go, in a folder for each section. */
const FOLDER = join(tmpdir(), 'hostport-profiles');

/**
 * The environment in which a section's managers write a CPU profile each, at their end, if `PROFILE` asks for it; else
 * nothing. `scripts/hot-functions.ts` reads them.
 */
export function profiled(section: string): Readonly<Record<string, string>> {
  if ((process.env['PROFILE'] ?? '') === '') return {};
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${join(FOLDER, section)}` };
}
