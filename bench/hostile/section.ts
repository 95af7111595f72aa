import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { figure } from '../statistics.ts';
import { ownPause, worstOf } from './attack.ts';
import type { Worst } from './attack.ts';
import { commits } from './commits.ts';
import { counts } from './counts.ts';
import { plans } from './plans.ts';
import { sweeps } from './sweeps.ts';

const BAR_MS = 50;

/** The longest that hostile input holds a manager up, which looks at nothing else meanwhile. */
export async function measureHostile(): Promise<Section> {
  const rows: { what: string; worst: Worst }[] = [];
  for (const attack of [...plans, ...commits, ...counts, ...sweeps]) {
    tell(`hostile input: ${attack.what}`);
    rows.push({ what: attack.what, worst: await worstOf(attack) });
  }
  const worst = Math.max(...rows.map((row) => ownPause(row.worst)));
  return {
    title: 'Hostile input',
    method:
      'The worst that somebody may ask for, and what is done over all that is held; the longest of 5, in ms. Processor: the most that one turn of the event loop took of it. Pause: the longest time for which the loop did nothing else, by the clock (`monitorEventLoopDelay`); where it is longer than the turn, the machine did something else, and the turn counts.',
    columns: ['what', 'processor, one turn', 'longest pause'],
    rows: rows.map(({ what, worst: { turn, pause } }) => [what, `${figure(turn)} ms`, `${figure(pause)} ms`]),
    verdicts: [
      {
        what: 'the longest pause by hostile input',
        bar: `≤ ${BAR_MS} ms`,
        measured: `${figure(worst)} ms`,
        met: worst <= BAR_MS,
      },
    ],
  };
}
