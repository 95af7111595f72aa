import { invariant } from '../src/base/result.ts';
import type { ManagerProcess } from '../test/support/hostport/hostport.ts';
import { figure } from './statistics.ts';

/** How long the event loops of managers did not turn, in milliseconds. */
export interface Pauses {
  readonly longest: number;
  /** Of the looks that a manager takes every 10 ms, the one in a hundred that was latest; of the manager with the latest. */
  readonly p99: number;
}

/** The names of two columns for {@link pauseCells}. */
export const pauseColumns = ['longest pause', 'p99 of pauses'] as const;

/** What the columns mean, for the method of a section. */
export const PAUSES_MEAN =
  'Pauses: how much later than due the event loop of a manager turned, of all managers the worst, in ms.';

/** A look is due so long after the one before, and its time counts from there. */
const RESOLUTION_MS = 10;
const PATIENCE_MS = 60_000;

/** What the managers say of the time since somebody last read their metrics; reading begins a new count. */
export async function readPauses(managers: readonly ManagerProcess[]): Promise<Pauses> {
  return worst((await metricsOf(managers)).map(pausesIn));
}

/**
 * What the managers say of themselves, in the text format of Prometheus. Waits for one that is busy: an answer that nobody
 * hears would begin a new count all the same.
 */
export async function metricsOf(managers: readonly ManagerProcess[]): Promise<readonly string[]> {
  const read = async ({ url }: ManagerProcess): Promise<string> => {
    const headers = { connection: 'close' };
    const answer = await fetch(`${url}/metrics`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.text();
  };
  return Promise.all(managers.map(read));
}

/** What the text of a manager's metrics says. */
export function pausesIn(text: string): Pauses {
  const read = (name: string): number => {
    const seconds = new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)$`, 'm').exec(text)?.[1];
    invariant(seconds !== undefined, `a manager tells its event loop's ${name} lag`);
    return Math.max(0, Number(seconds) * 1000 - RESOLUTION_MS);
  };
  return { longest: read('max'), p99: read('p99') };
}

/** The worst of some. */
export function worst(all: readonly Pauses[]): Pauses {
  return {
    longest: Math.max(...all.map(({ longest }) => longest)),
    p99: Math.max(...all.map(({ p99 }) => p99)),
  };
}

/** For a row of a table; empty where no manager was at work. */
export function pauseCells(pauses: Pauses | undefined): readonly string[] {
  return pauses === undefined ? ['', ''] : [figure(pauses.longest), figure(pauses.p99)];
}
