import { describe, expect, test } from '@jest/globals';
import { filesToRepeat, judge, summaryOf } from '../../../scripts/test-run/verdict.ts';
import type { FileResult, JestRun } from '../../../scripts/test-run/verdict.ts';

/** A file with tests of these statuses, p(assed) or f(ailed) each. */
function file(name: string, tests: string, status = tests.includes('f') ? 'failed' : 'passed'): FileResult {
  const assertionResults = tests.split('').map((letter) => ({ status: letter === 'f' ? 'failed' : 'passed' }));
  return { name, status, message: '', assertionResults };
}

function run(code: number, ...testResults: readonly FileResult[]): JestRun {
  return { code, report: { testResults } };
}

/** Jest was killed, or didn't start. */
const nothing: JestRun = { code: 1, report: undefined };

interface Case {
  readonly what: string;
  readonly first: JestRun;
  readonly second?: Readonly<Record<string, JestRun>>;
  readonly says: string;
  readonly isGood: boolean;
}

const cases: readonly Case[] = [
  { what: 'all passed', first: run(0, file('a', 'pp'), file('b', 'p')), says: '3 passed, 0 failed', isGood: true },
  {
    what: 'a file that passes the second time is flaky, and its tests count once',
    first: run(1, file('a', 'ppf'), file('b', 'p')),
    second: { a: run(0, file('a', 'ppp')) },
    says: '4 passed, 0 failed, 1 flaky',
    isGood: true,
  },
  {
    what: 'one that fails twice fails the run, by what failed the second time',
    first: run(1, file('a', 'fff'), file('b', 'f')),
    second: { a: run(1, file('a', 'ppf')), b: run(0, file('b', 'p')) },
    says: '3 passed, 1 failed, 1 flaky',
    isGood: false,
  },
  {
    what: 'one that could not be run, or left something open, has failed',
    first: run(1, file('a', '', 'failed'), file('b', 'pp', 'failed')),
    second: { a: run(1, file('a', '', 'failed')), b: run(1, file('b', 'pp', 'failed')) },
    says: '2 passed, 2 failed',
    isGood: false,
  },
  {
    what: 'a second run that was ended, ran nothing or is called failed proves nothing',
    first: run(1, file('a', 'f'), file('b', 'f'), file('c', 'f'), file('d', 'p')),
    second: { a: nothing, b: run(0), c: run(1, file('c', 'p')) },
    says: '2 passed, 3 failed',
    isGood: false,
  },
  {
    what: 'no time was left for a second run',
    first: run(1, file('a', 'pf')),
    says: '1 passed, 1 failed',
    isGood: false,
  },
  {
    what: 'jest failed and nobody knows why',
    first: run(1, file('a', 'p')),
    says: '1 passed, 1 failed',
    isGood: false,
  },
  { what: 'jest was ended', first: nothing, says: '0 passed, 1 failed', isGood: false },
  { what: 'nothing ran', first: run(0), says: '0 passed, 0 failed', isGood: false },
];

describe('make test', () => {
  test.each(cases)('$what: $says', ({ first, second = {}, says, isGood }) => {
    const verdict = judge(first, new Map(Object.entries(second)));
    expect(summaryOf(verdict)).toBe(says);
    expect(verdict.isGood).toBe(isGood);
  });

  test('repeats the files that failed, and no others', () => {
    const first = run(1, file('a', 'p'), file('b', 'f'), file('c', '', 'failed'));
    expect(filesToRepeat(first).map(({ name }) => name)).toEqual(['b', 'c']);
  });
});
