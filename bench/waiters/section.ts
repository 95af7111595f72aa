import { setTimeout as after } from 'node:timers/promises';
import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { figure, median } from '../statistics.ts';
import { Crowd } from './crowd.ts';
import type { Scene } from './crowd.ts';
import { HELD, WAITING, scenes } from './scenes.ts';

const RELEASES = 40;
/** What somebody's release sets going is over by then, in milliseconds. */
const SETTLED_MS = 50;
const BAR_MS = 5;

interface Cost {
  readonly what: string;
  /** Processor time of each release, in milliseconds. */
  readonly each: readonly number[];
  /** Until who waited had the number, in milliseconds by the clock. */
  readonly served: readonly number[];
}

/** What one release costs a manager while many wait. */
export async function measureWaiters(): Promise<Section> {
  const costs: Cost[] = [];
  for (const scene of scenes) costs.push(await costOf(scene));
  const worst = Math.max(...costs.map(({ each }) => median(each)));
  const [held, waiting] = [HELD, WAITING].map((count) => count.toLocaleString('en-US'));
  return {
    title: 'A release while many wait',
    method: `${held} numbers are held and ${waiting} wait for one more, by what they wait for. ${RELEASES} releases, one after the other, with the ledger, the allocator, quotas and the waiting room of a manager, and an API server in memory. Processor time of the manager's thread from a release until ${SETTLED_MS} ms after somebody who waited has the number: the release, the look at who is helped, the reservation, and whatever else is due in that time.`,
    columns: ['what they wait for', 'processor, median', 'processor, longest', 'until served, median'],
    rows: costs.map(({ what, each, served }) => [
      what,
      `${figure(median(each))} ms`,
      `${figure(Math.max(...each))} ms`,
      `${figure(median(served))} ms`,
    ]),
    verdicts: [
      {
        what: `one release, ${held} held and ${waiting} waiting`,
        bar: `≤ ${BAR_MS} ms of the loop`,
        measured: `${figure(worst)} ms`,
        met: worst <= BAR_MS,
      },
    ],
  };
}

async function costOf(scene: Scene): Promise<Cost> {
  tell(`waiters: ${scene.what}`);
  using crowd = new Crowd(scene);
  await crowd.gather();
  const each: number[] = [];
  const served: number[] = [];
  for (let round = 0; round < RELEASES; round++) {
    await after(SETTLED_MS);
    const before = process.threadCpuUsage();
    const began = performance.now();
    await crowd.release(round);
    served.push(performance.now() - began);
    await after(SETTLED_MS);
    const { user, system } = process.threadCpuUsage(before);
    each.push((user + system) / 1000);
  }
  return { what: scene.what, each, served };
}
