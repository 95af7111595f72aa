import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { Section } from './report.ts';
import { figure } from './statistics.ts';

/** Seconds of processor time by process. */
export type ProcessorTimes = ReadonlyMap<string, number>;

/** One column of a table of processor time: what was used while something was measured, for each of so many. */
export interface ProcessorColumn {
  readonly name: string;
  readonly times: ProcessorTimes;
  readonly of: number;
}

const TICKS_A_SECOND = 100;
const PARTS = ['kube-apiserver', 'etcd', 'kube-controller-manager', 'kube-scheduler', 'kwok', 'lws'];
const MANAGERS = 'managers of Hostport';
const BENCHMARK = 'this benchmark';

/** What the parts of the cluster, the managers and this process have used since their start. Linux alone tells. */
export function processorTimes(): ProcessorTimes {
  const times = new Map<string, number>();
  for (const entry of readdirSync('/proc')) {
    const name = /^\d+$/.test(entry) ? partOf(entry) : undefined;
    if (name !== undefined) times.set(name, (times.get(name) ?? 0) + secondsOf(entry));
  }
  return times;
}

/** What came between two looks; a process that ended meanwhile counts as nothing. */
export function usedBetween(before: ProcessorTimes, after: ProcessorTimes): ProcessorTimes {
  return new Map([...after].map(([name, seconds]) => [name, Math.max(0, seconds - (before.get(name) ?? 0))]));
}

/** A table of the processor time by process, in ms for each of so many. */
export function processorSection(title: string, method: string, columns: readonly ProcessorColumn[]): Section {
  const names = [...PARTS, MANAGERS, BENCHMARK].filter((name) => columns.some(({ times }) => times.has(name)));
  const each = ({ times, of }: ProcessorColumn, some: readonly string[]): string =>
    figure((1000 * some.reduce((sum, name) => sum + (times.get(name) ?? 0), 0)) / of);
  return {
    title,
    method: `${method} In ms; there are two cores, so that half of the sum is the least time that it takes.`,
    columns: ['process', ...columns.map(({ name }) => name)],
    rows: [
      ...names.map((name) => [name, ...columns.map((column) => each(column, [name]))]),
      ['all', ...columns.map((column) => each(column, names))],
    ],
    verdicts: [],
  };
}

function partOf(pid: string): string | undefined {
  if (Number(pid) === process.pid) return BENCHMARK;
  const words = read(`/proc/${pid}/cmdline`).split('\0');
  const name = basename(words[0] ?? '');
  if (PARTS.includes(name)) return name;
  return words[1]?.endsWith('hostport.js') === true && words[2] === 'manager' ? MANAGERS : undefined;
}

/** `utime` and `stime` (proc_pid_stat(5)); the name, in parentheses, may have spaces in it. */
function secondsOf(pid: string): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
}

/** Empty for a process that has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
