import { tmpdir } from 'node:os';
import { pause } from '../../src/base/cancellation.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { Acquaintance } from './acquaintance.ts';
import { several } from './chance.ts';
import { whatLeaks, whatWasSeen } from './checks.ts';
import { harm } from './faults.ts';
import type { FaultTimes } from './faults.ts';
import { behave } from './honest-tenant.ts';
import { misreport } from './hostile-node.ts';
import { misbehave } from './hostile-tenant.ts';
import { prepare } from './stage.ts';
import type { Stage } from './stage.ts';
import { Tally } from './tally.ts';

/** How long, and how. */
export interface SoakOptions {
  readonly minutes: number;
  /** Decides every random choice, not the moment at which it is made. */
  readonly seed: number;
  readonly times: FaultTimes;
  /** Told a line at a time how it goes. */
  readonly report: (line: string) => void;
}

/** What came of it. */
export interface SoakSummary {
  /** A sentence for each promise that wasn't kept. */
  readonly breaches: readonly string[];
  readonly counts: string;
}

const PROGRESS_MS = 10_000;

/** How many do things at once: for the hostile tenant, and for each honest one. */
const HOSTILE_HANDS = 4;
const HONEST_HANDS = 3;

/**
 * A hostile tenant and a hostile node beside two honest tenants, while managers are killed and stopped and the API server
 * restarts. Breaches are: a number that two have at any moment; a line of the ledger that nobody can read; a number that is
 * still held a minute after the last who could hold it is gone; a pod of an honest tenant that isn't there, with its
 * numbers, within 10 s of serving time (see `ServingTime`); a manager that isn't ready a minute after it might be.
 */
export async function soak({ minutes, seed, times, report }: SoakOptions): Promise<SoakSummary> {
  const tally = new Tally();
  await using stage = await prepare(tmpdir());
  const stopped = new AbortController();
  const began = clock.monotonic();
  const breaches: string[] = [];
  // Each has a sequence of its own, so that what one does doesn't depend on the others' pace.
  const randomOf = (who: number) => seededRandom(seed * 1_000 + who + 1);
  const { hostport, service, honest, hostile, node } = stage;
  const { signal } = stopped;
  const acquaintance = new Acquaintance();
  const acting = [
    ...several(HOSTILE_HANDS, (at) =>
      misbehave({ tenant: hostile, random: randomOf(at), tally, acquaintance }, signal),
    ),
    misreport({ ...node, random: randomOf(100), tally }, signal),
    harm({ plane: hostport.plane, service, random: randomOf(200), times, tally }, signal),
    ...honest.flatMap((tenant, which) =>
      several(HONEST_HANDS, (hand) => {
        const random = randomOf(300 + which * HONEST_HANDS + hand);
        return behave({ tenant, random, time: service.time, tally, breaches }, hand, signal);
      }),
    ),
  ];
  const all = Promise.allSettled(acting);
  for (let left = minutes * 60_000; left > 0; left -= PROGRESS_MS) {
    await pause(clock, Math.min(left, PROGRESS_MS), hostport.signal);
    report(`${Math.round((clock.monotonic() - began) / 1000)} s: ${tally.print()}; ${breaches.length} breaches`);
  }
  stopped.abort();
  const ends = await all;
  report('all have stopped; settling');
  const broken = ends.flatMap((end) => (end.status === 'rejected' && !isEnd(end.reason) ? [String(end.reason)] : []));
  const seen = [...broken, ...(await judgement(stage))];
  return { breaches: [...breaches, ...service.breaches, ...seen], counts: tally.print() };
}

async function judgement({ hostport, honest, hostile }: Stage): Promise<readonly string[]> {
  await hostport.whenReady();
  const namespaces = [...honest, hostile].map(({ namespace }) => namespace);
  const leaks = await whatLeaks(hostport, namespaces);
  return [...(await whatWasSeen(hostport)), ...leaks];
}

function isEnd(error: unknown): boolean {
  return error instanceof Error && error.name === 'CancelledError';
}
