import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { ensureBinaries } from '../../test/support/control-plane/binaries.ts';
import type { JestRun, Report } from './verdict.ts';

/** How to run jest. */
export interface JestOptions {
  /** The root of the work tree. */
  readonly root: string;
  /** Which tests. */
  readonly paths: readonly string[];
  readonly workers: number;
  /** For what jest leaves behind. */
  readonly folder: string;
  /** Where what it says is kept; it is shown on our standard error, too. */
  readonly log: string;
  /** When it is ended, in milliseconds of the monotonic clock. */
  readonly deadline: number;
}

/** Runs jest to its end, tied to the life of this process. */
export async function runJest({ root, paths, workers, folder, log, deadline }: JestOptions): Promise<JestRun> {
  const { runWithParent } = await ensureBinaries((line) => process.stderr.write(`${line}\n`), []);
  const file = join(folder, `report-${String(performance.now())}.json`);
  const flags = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const options = ['--json', `--outputFile=${file}`, `--maxWorkers=${workers}`];
  const args = [String(process.pid), process.execPath, ...flags, ...options, ...paths];
  // What jest reports goes to stderr; its stdout repeats the file.
  const child = spawn(runWithParent, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const kept = createWriteStream(log);
  child.stderr.pipe(process.stderr, { end: false });
  child.stderr.pipe(kept);
  const timer = setTimeout(
    () => {
      process.stderr.write(`the tests are not done in time, and are ended: ${paths.join(' ')}\n`);
      child.kill('SIGKILL');
    },
    Math.max(0, deadline - performance.now()),
  );
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (ended) => resolve(ended ?? 1));
    });
    await finished(kept);
    const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined;
    return { code, report };
  } finally {
    clearTimeout(timer);
  }
}
