import { PAUSES_MEAN } from '../pauses.ts';
import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { between, countRequests, requestsSection } from '../requests.ts';
import type { RequestsColumn } from '../requests.ts';
import { inTurn } from '../turns.ts';
import { createPods } from './creators.ts';
import type { Load } from './creators.ts';
import { judge } from './judge.ts';
import { NAMESPACE } from './pod.ts';
import { Series, columns, rowOf } from './series.ts';
import type { Pace, Way } from './series.ts';
import { openHostport, openPatched } from './site.ts';
import type { Site } from './site.ts';

const PRESENT = [100, 4_000] as const;
const BURST = { callers: 64, until: { pods: 600 } } as const;
const SUSTAINED = { callers: 8, until: { seconds: 15 } } as const;
const LOADS: Readonly<Record<Pace, Omit<Load, 'asks'>>> = { burst: BURST, sustained: SUSTAINED };
const ROUNDS: Readonly<Record<Pace, number>> = { burst: 3, sustained: 1 };
const WAYS: readonly Way[] = ['Hostport', 'patches only', 'none'];

type Sites = Readonly<Record<Way, Site>>;

/** Pods a second with two ports each: through our webhook, through one that only patches, and through none. */
export async function measurePods(): Promise<readonly Section[]> {
  tell('pods: starting two clusters, and Hostport in one of them');
  await using owned = new AsyncDisposableStack();
  const hostport = await openHostport(owned, BURST.callers);
  const patched = await openPatched(owned, BURST.callers);
  const sites: Sites = { Hostport: hostport, 'patches only': patched, none: patched };
  const all: Series[] = [];
  let there = 0;
  for (const present of PRESENT) {
    tell(`pods: until ${present} are present`);
    const load = { ...BURST, asks: true, until: { pods: present - there } };
    for (const site of [hostport, patched]) await createPods(site.callers, load);
    there = present;
    await hostport.settle(there);
    for (const way of WAYS) await measureOnce(sites, new Series({ way, pace: 'burst', present }));
    for (const pace of ['burst', 'sustained'] as const) all.push(...(await measure(sites, pace, present)));
  }
  return [podsSection(all), requestsOf(all)];
}

function podsSection(all: readonly Series[]): Section {
  return {
    title: 'Pods with two numbers each',
    method: `Pods with two container ports are created through Hostport's webhook (one manager), through a webhook that only patches (the same HTTPS server, a patch of the same size, no books), and through none; the first in a cluster with Hostport, the others in one without, each an API server, etcd and the garbage collector. Burst: ${BURST.callers} callers create ${figureOf(BURST.until.pods)} pods; sustained: ${SUSTAINED.callers} callers create for ${SUSTAINED.until.seconds} s, while confirmations, records and sweeps go on. Each caller creates one pod after the other; latencies in ms. Rate: median of ${ROUNDS.burst} bursts, and one sustained round, in turns; between rounds what was created is deleted and released. "Last record after": from the end of the creation, the longest of all rounds. ${PAUSES_MEAN}`,
    columns,
    rows: all.map(rowOf),
    verdicts: judge(all),
  };
}

function requestsOf(all: readonly Series[]): Section {
  const [present] = PRESENT;
  const column = (way: Way, pace: Pace): RequestsColumn => {
    const series = all.find(({ kind }) => kind.way === way && kind.pace === pace && kind.present === present);
    return { name: `${way}, ${pace}`, ...(series?.requests ?? { requests: new Map(), of: 1 }) };
  };
  return requestsSection(
    'Requests of pods that are created and deleted',
    `For each pod of the last round with ${present} present: its create, its confirmation and record, its deletion and release. Nothing binds or runs the pods.`,
    [column('Hostport', 'sustained'), column('Hostport', 'burst'), column('none', 'sustained')],
  );
}

async function measure(sites: Sites, pace: Pace, present: number): Promise<readonly Series[]> {
  const all = WAYS.map((way) => new Series({ way, pace, present }));
  for (let round = 0; round < ROUNDS[pace]; round++) {
    tell(`pods: ${present} present, ${pace}, round ${round + 1} of ${ROUNDS[pace]}`);
    for (const series of inTurn(all, round)) await measureOnce(sites, series);
  }
  return all;
}

/** One round, after which everything is as it was. */
async function measureOnce(sites: Sites, series: Series): Promise<void> {
  const { way, pace, present } = series.kind;
  const site = sites[way];
  await site.pauses();
  const requests = await countRequests(site.client);
  const outcome = await createPods(site.callers, { ...LOADS[pace], asks: way !== 'none' });
  series.add(outcome);
  const ended = performance.now();
  await site.settle(present + outcome.names.length);
  if (way === 'Hostport') series.addRecordsAfter((performance.now() - ended) / 1000);
  series.addPauses(await site.pauses());
  await site.callers.remove(NAMESPACE, outcome.names);
  await site.settle(present);
  series.setRequests(between(requests, await countRequests(site.client)), outcome.names.length);
}

function figureOf(count: number): string {
  return count.toLocaleString('en-US');
}
