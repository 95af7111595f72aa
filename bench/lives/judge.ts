import type { Verdict } from '../report.ts';
import { figure, median } from '../statistics.ts';
import { STRATEGIES } from './workload.ts';
import type { Way } from './workload.ts';

/** Of what as many pods without ports take. */
const LONGER = 1.15;
/** Of the ledger's writes. */
const STALE = 0.02;
/** Over none, in milliseconds, at the lower rate. */
const ADDED = { p50: 4, p99: 20 } as const;
/** Times none, at the higher rate. */
const TIMES = 2;

/** One Deployment's life, in seconds, and the requests that came with it. */
export interface Life {
  readonly way: Way;
  readonly untilRunning: number;
  readonly untilGone: number;
  readonly requests: readonly (readonly [what: string, each: number])[];
  readonly staleWrites: number;
}

/** How late creates were answered at a rate, in milliseconds. */
export interface Steady {
  readonly way: Way;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly refused: number;
}

/** Holds each strategy's lives against those of pods without ports, by the sums over all rounds. */
export function judgeLives(lives: readonly Life[]): readonly Verdict[] {
  return STRATEGIES.flatMap((strategy) => {
    const ratio = (of: (life: Life) => number): number => sumOf(lives, strategy, of) / sumOf(lives, 'none', of);
    const timed = (what: string, times: number): Verdict => ({
      what: `Deployment of 500 pods, ${strategy}, ${what}`,
      bar: `≤ ${LONGER} × without ports`,
      measured: `${figure(times)} ×`,
      met: times <= LONGER,
    });
    const own = lives.filter(({ way }) => way === strategy);
    const stale = Math.max(...own.map(({ staleWrites }) => staleWrites));
    return [
      timed(
        'until all run',
        ratio(({ untilRunning }) => untilRunning),
      ),
      timed(
        'until all are gone',
        ratio(({ untilGone }) => untilGone),
      ),
      {
        what: `Deployment of 500 pods, ${strategy}: stale writes`,
        bar: `< ${100 * STALE} %`,
        measured: `${figure(100 * stale)} %`,
        met: stale < STALE,
      },
    ];
  });
}

/** Holds creates at a rate against those of pods without ports. */
export function judgeSteady(steady: readonly Steady[]): readonly Verdict[] {
  const [lower, higher] = [...new Set(steady.map(({ rate }) => rate))];
  const at = (rate: number | undefined, isOurs: boolean, of: (each: Steady) => number): number =>
    median(steady.filter((each) => each.rate === rate && (each.way !== 'none') === isOurs).map(of));
  const added = (of: (each: Steady) => number): number => at(lower, true, of) - at(lower, false, of);
  const what = (rate: number | undefined): string => `${rate ?? 0} creates a second`;
  const times = at(higher, true, ({ p50 }) => p50) / at(higher, false, ({ p50 }) => p50);
  return [
    ...(['p50', 'p99'] as const).map((q): Verdict => {
      const by = added((each) => each[q]);
      const bar = `≤ +${ADDED[q]} ms over none`;
      return { what: `${what(lower)}: ${q}`, bar, measured: `${figure(by)} ms`, met: by <= ADDED[q] };
    }),
    {
      what: `${what(higher)}: p50`,
      bar: `≤ ${TIMES} × none`,
      measured: `${figure(times)} ×`,
      met: times <= TIMES,
    },
  ];
}

function sumOf(lives: readonly Life[], way: Way, of: (life: Life) => number): number {
  return lives.filter((life) => life.way === way).reduce((sum, life) => sum + of(life), 0);
}
