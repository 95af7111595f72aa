import { PAUSES_MEAN, pauseCells, pauseColumns, worst } from '../pauses.ts';
import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { figure } from '../statistics.ts';
import { inTurn } from '../turns.ts';
import { Steady, judge, signed } from './judge.ts';
import { LIFE_MS, openLoop } from './open-loop.ts';
import { openSites } from './site.ts';
import type { Site, Way } from './site.ts';

/** Creates a second, how long, and how often; the last one is for seeing what gives way first. */
const LOADS = [
  { rate: 10, seconds: 20, rounds: 2 },
  { rate: 50, seconds: 12, rounds: 2 },
  { rate: 100, seconds: 10, rounds: 1 },
] as const;
const WARM_UP = { rate: 20, seconds: 2 };
const WAYS: readonly Way[] = ['none', 'patches only', 'Hostport'];

type Sites = Readonly<Record<Way, Site>>;

/** Pods that come at a rate, whoever answers: what is added to a create by Hostport, and by a webhook that only patches. */
export async function measureSteady(): Promise<Section> {
  tell('steady: starting two clusters with everything, and two managers in one of them');
  await using owned = new AsyncDisposableStack();
  const sites = await openSites(owned);
  for (const way of WAYS) await measureOnce(sites, new Steady(way, WARM_UP.rate), WARM_UP.seconds);
  const all: Steady[] = [];
  for (const { rate, seconds, rounds } of LOADS) {
    const some = WAYS.map((way) => new Steady(way, rate));
    for (let round = 0; round < rounds; round++) {
      tell(`steady: ${rate} creates a second, round ${round + 1} of ${rounds}`);
      for (const steady of inTurn(some, round)) await measureOnce(sites, steady, seconds);
    }
    all.push(...some);
  }
  return sectionOf(all);
}

/** One round, after which everything is as it was. */
async function measureOnce(sites: Sites, steady: Steady, seconds: number): Promise<void> {
  const site = sites[steady.way];
  const { client, draft } = site;
  await site.pauses();
  const { latencies, refused } = await openLoop({ client, draft, rate: steady.rate, seconds });
  await site.settle();
  const seen = await site.pauses();
  steady.latencies.push(...latencies);
  steady.refused += refused;
  if (seen !== undefined) steady.pauses = worst([seen, ...(steady.pauses === undefined ? [] : [steady.pauses])]);
}

function sectionOf(all: readonly Steady[]): Section {
  const times = LOADS.map(({ rate, seconds, rounds }) => `${rate}/s for ${rounds} × ${seconds} s`).join(', ');
  const none = (rate: number): Steady =>
    all.find((each) => each.way === 'none' && each.rate === rate) ?? new Steady('none', rate);
  return {
    title: 'Pods created steadily',
    method: `Pods with two numbers each (Stride) are created at a rate, whether or not earlier ones are answered, and deleted ${LIFE_MS / 1000} s later: ${times}. Two managers in a cluster with Kubernetes' controllers, its scheduler and kubelets played by kwok; in another such cluster a webhook that only patches, and pods on the host network that no webhook is asked about. In turns; between rounds every pod, number and record is gone. Latency of the create from the moment at which it was due, in ms; what is added is the difference of the medians, or of the p99, to none. ${PAUSES_MEAN}`,
    columns: ['creates/s', 'webhook', 'p50', 'p99', 'added to p50', 'added to p99', 'refused', ...pauseColumns],
    rows: all.map((steady) => {
      const { way, rate, p50, p99, refused, pauses } = steady;
      const added = way === 'none' ? ['', ''] : [signed(p50 - none(rate).p50), signed(p99 - none(rate).p99)];
      return [figure(rate), way, figure(p50), figure(p99), ...added, figure(refused), ...pauseCells(pauses)];
    }),
    verdicts: judge(all),
  };
}
