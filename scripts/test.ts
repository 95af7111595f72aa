/**
 * `make test`: runs every test and ends with `N passed, N failed`. A file that failed runs once more, alone, when all are through:
 * if it passes then, it is named as flaky, and both logs are kept. Fails if anything failed twice, a right is asked for that nothing
 * used, or nothing ran.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { readAudit } from '../test/support/control-plane/audit.ts';
import { makeOwnedFolder, sweepOwnedFolders } from '../test/support/control-plane/owned-folder.ts';
import { describeRight, rightsAsked, unused } from '../test/support/hostport/rights.ts';
import { runJest } from './test-run/jest.ts';
import { filesToRepeat, judge, summaryOf, withFailures } from './test-run/verdict.ts';
import type { JestRun } from './test-run/verdict.ts';

/** For everything, second runs included; what still runs then hangs, or had no machine to run on. */
const TIME_LIMIT_MS = 75 * 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));

/** Which tests; by default all. */
const isWhole = process.argv.length <= 2;
const paths = isWhole ? ['test/unit', 'test/integration'] : process.argv.slice(2);
/** A cluster that was there before is one for all: tests that install into it go one after the other, and it audits nothing for us. */
const isShared = Boolean(process.env['HOSTPORT_TEST_KUBECONFIG'] ?? process.env['KUBECONFIG']);

/** What the shipped accounts may do and never did, in a run of everything. */
function countUnusedRights(auditFolder: string): number {
  if (!isWhole || isShared) return 0;
  const rights = unused(rightsAsked(), readAudit(auditFolder));
  for (const right of rights)
    process.stderr.write(
      `${right.account} may ${describeRight(right)}, and no test had it do so: see docs/rights.md\n`,
    );
  return rights.length;
}

// A run that was killed has left its folder.
sweepOwnedFolders(tmpdir(), 'hostport-test-');
const folder = makeOwnedFolder(tmpdir(), 'hostport-test-');
const logs = join(root, '.test-logs', new Date().toISOString().replaceAll(':', '-'));
mkdirSync(logs, { recursive: true });
try {
  const audit = join(folder, 'audit');
  mkdirSync(audit);
  // What the test control planes are to log.
  if (isWhole) process.env['HOSTPORT_AUDIT_FOLDER'] = audit;
  const common = { root, folder, deadline: performance.now() + TIME_LIMIT_MS };
  const first = await runJest({ ...common, paths, workers: isShared ? 1 : 2, log: join(logs, 'all.log') });
  const repeats = new Map<string, JestRun>();
  for (const { name, message } of filesToRepeat(first)) {
    const file = relative(root, name);
    const log = join(logs, file.replaceAll('/', '-'));
    writeFileSync(`${log}.1.log`, stripVTControlCharacters(message));
    if (performance.now() > common.deadline) continue;
    process.stdout.write(`once more, alone: ${file}\n`);
    repeats.set(name, await runJest({ ...common, paths: ['--runTestsByPath', name], workers: 1, log: `${log}.2.log` }));
  }
  const verdict = withFailures(judge(first, repeats), countUnusedRights(audit));
  for (const { name, message } of filesToRepeat(first)) {
    const file = relative(root, name);
    const word = verdict.flaky.includes(name) ? 'flaky' : 'failed';
    process.stdout.write(`${word}: ${file}\n${stripVTControlCharacters(message).replaceAll(/^/gm, '  | ')}\n`);
  }
  const isClean = verdict.isGood && verdict.flaky.length === 0;
  if (isClean) rmSync(logs, { recursive: true });
  else process.stdout.write(`logs: ${relative(root, logs)}\n`);
  process.exitCode = verdict.isGood ? 0 : 1;
  process.stdout.write(`${summaryOf(verdict)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
