import type { Verdict } from '../report.ts';
import { figure } from '../statistics.ts';
import type { Life } from './life.ts';
import { STRATEGIES } from './workload.ts';
import type { Way } from './workload.ts';

/** Of what as many pods without ports take. */
const LONGER = 1.15;
/** Of the ledger's writes. */
const STALE = 0.02;

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

function sumOf(lives: readonly Life[], way: Way, of: (life: Life) => number): number {
  return lives.filter((life) => life.way === way).reduce((sum, life) => sum + of(life), 0);
}
