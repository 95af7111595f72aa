/** `make test`: runs every test and ends with `N passed, N failed`. Fails if anything failed, or nothing ran. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAudit } from '../test/support/control-plane/audit.ts';
import { ensureBinaries } from '../test/support/control-plane/binaries.ts';
import { makeOwnedFolder, sweepOwnedFolders } from '../test/support/control-plane/owned-folder.ts';
import { describeRight, rightsAsked, unused } from '../test/support/hostport/rights.ts';

/** Far beyond what all tests take; whatever still runs then hangs. */
const TIME_LIMIT_MS = 60 * 60_000;

/** What is used of the file that `jest --json` writes. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Which tests; by default all. */
const isWhole = process.argv.length <= 2;
const paths = isWhole ? ['test/unit', 'test/integration'] : process.argv.slice(2);
/** A cluster that was there before is one for all, and audits nothing for us. */
const isShared = Boolean(process.env['HOSTPORT_TEST_KUBECONFIG'] ?? process.env['KUBECONFIG']);

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs jest to its end, tied to the life of this process, and gives its exit code. */
async function runJest(outputFile: string, auditFolder: string): Promise<number> {
  const { runWithParent } = await ensureBinaries((line) => process.stderr.write(`${line}\n`), []);
  const flags = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  // Tests that install into a cluster that they share go one after the other.
  const options = ['--json', `--outputFile=${outputFile}`, `--maxWorkers=${isShared ? 1 : 2}`];
  const args = [String(process.pid), process.execPath, ...flags, ...options, ...paths];
  // What jest reports goes to stderr; its stdout repeats the file.
  const env = { ...process.env, ...(isWhole ? { HOSTPORT_AUDIT_FOLDER: auditFolder } : {}) };
  const child = spawn(runWithParent, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env });
  const timer = setTimeout(() => {
    process.stderr.write(`the tests are not done after ${TIME_LIMIT_MS / 60_000} minutes\n`);
    child.kill('SIGKILL');
  }, TIME_LIMIT_MS);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    clearTimeout(timer);
  }
}

/** A file that failed without a failed test of its own could not be run, or left something open. */
function countFailures({ testResults }: Report): number {
  let failures = 0;
  for (const { status, assertionResults } of testResults) {
    const failed = assertionResults.filter((one) => one.status === 'failed').length;
    failures += failed === 0 && status === 'failed' ? 1 : failed;
  }
  return failures;
}

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
try {
  const file = join(folder, 'report.json');
  const audit = join(folder, 'audit');
  mkdirSync(audit);
  const code = await runJest(file, audit);
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined;
  const passed = report?.numPassedTests ?? 0;
  const failures = (report === undefined ? 0 : countFailures(report)) + countUnusedRights(audit);
  // A run that jest itself calls failed has failed, whatever the counts are.
  const failed = failures === 0 && code !== 0 ? 1 : failures;
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
