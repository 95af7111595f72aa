/** What is used of the file that `jest --json` writes. */
export interface Report {
  readonly testResults: readonly FileResult[];
}

/** One test file. */
export interface FileResult {
  /** Its path. */
  readonly name: string;
  readonly status: string;
  /** What its failed assertions say. */
  readonly message: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

/** How a run of jest ended. */
export interface JestRun {
  readonly code: number;
  /** Absent if jest didn't come as far as that. */
  readonly report: Report | undefined;
}

/** What is said of all of it. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** Files that failed at first, and passed alone. */
  readonly flaky: readonly string[];
  readonly isGood: boolean;
}

/** The files that failed, which get a second try. */
export function filesToRepeat({ report }: JestRun): readonly FileResult[] {
  return (report?.testResults ?? []).filter(({ status }) => status === 'failed');
}

/**
 * Counts tests. Of a file that ran again, the second run counts; one that has none stays failed.
 * @param repeats by the file's path
 */
export function judge(first: JestRun, repeats: ReadonlyMap<string, JestRun>): Verdict {
  const repeated = filesToRepeat(first);
  const runs: JestRun[] = [...repeats.values()];
  const kept = (first.report?.testResults ?? []).filter(({ name }) => !repeats.has(name));
  const files = [...kept, ...runs.flatMap(({ report }) => report?.testResults ?? [])];
  const passed = sum(files.map((file) => countOf(file, 'passed')));
  const broken = runs.filter((run) => !hasPassed(run) && sum(filesToRepeat(run).map(failuresOf)) === 0).length;
  // A run that jest itself calls failed has failed, whatever the counts are.
  const unexplained = first.code !== 0 && repeated.length === 0 ? 1 : 0;
  const failed = sum(files.map(failuresOf)) + broken + unexplained;
  const flaky = repeated.map(({ name }) => name).filter((name) => hasPassed(repeats.get(name)));
  return { passed, failed, flaky, isGood: failed === 0 && passed > 0 };
}

/** The verdict when `more` is found wrong that is no test's. */
export function withFailures(verdict: Verdict, more: number): Verdict {
  return { ...verdict, failed: verdict.failed + more, isGood: verdict.isGood && more === 0 };
}

/** The last line. */
export function summaryOf({ passed, failed, flaky }: Verdict): string {
  return `${passed} passed, ${failed} failed${flaky.length === 0 ? '' : `, ${flaky.length} flaky`}`;
}

/** One that ran nothing proves nothing. */
function hasPassed(run: JestRun | undefined): boolean {
  const files = run?.report?.testResults ?? [];
  return run?.code === 0 && files.some((file) => countOf(file, 'passed') > 0);
}

/** A file that failed without a failed test of its own could not be run, or left something open. */
function failuresOf(file: FileResult): number {
  const failed = countOf(file, 'failed');
  return failed === 0 && file.status === 'failed' ? 1 : failed;
}

function countOf({ assertionResults }: FileResult, status: string): number {
  return assertionResults.filter((one) => one.status === status).length;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
