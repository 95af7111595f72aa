import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { figure, median, quantile } from '../statistics.ts';
import { judgeLives, judgeSteady } from './judge.ts';
import type { Life, Steady } from './judge.ts';
import { SECONDS, openLoop } from './open-loop.ts';
import { countRequests, eachSince } from './requests.ts';
import { Site } from './site.ts';
import { Deployments, NAMESPACE, STRATEGIES, deploymentOf } from './workload.ts';
import type { Way } from './workload.ts';

const PODS = 500;
const WARM_UP_PODS = 50;
const ROUNDS = 2;
const RATES = [10, 50] as const;
/** So many kinds of requests are shown. */
const SHOWN = 14;

/** Whole lives of pods, from the Deployment to the last pod's end, beside pods on the host network that ask for nothing. */
export async function measureLives(): Promise<readonly Section[]> {
  tell('lives: starting a cluster with everything, and two managers');
  await using owned = new AsyncDisposableStack();
  const site = await Site.open(owned);
  for (const way of ['none', 'Stride'] as const) await measureLife(site, way, WARM_UP_PODS);
  const lives: Life[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const way of ['none', ...STRATEGIES] as const) {
      tell(`lives: round ${round} of ${ROUNDS}, ${way}`);
      lives.push(await measureLife(site, way, PODS));
    }
  }
  const steady: Steady[] = [];
  for (const rate of RATES) {
    for (const way of ['none', 'Stride', 'none', 'Stride'] as const) {
      tell(`lives: ${rate} creates a second, ${way}`);
      const { latencies, refused } = await openLoop(site, way, rate);
      steady.push({ way, rate, refused, p50: median(latencies), p99: quantile(latencies, 0.99) });
      await site.untilGone();
      await site.settle();
    }
  }
  return [livesSection(lives), requestsSection(lives), steadySection(steady)];
}

async function measureLife(site: Site, way: Way, pods: number): Promise<Life> {
  const { client, signal } = site.hostport;
  const name = way.toLowerCase();
  const [requestsBefore, writesBefore] = [await countRequests(client), await site.writes()];
  const began = performance.now();
  await client.create(Deployments, deploymentOf(way, name, pods), { signal });
  await site.untilRunning(pods);
  const untilRunning = (performance.now() - began) / 1000;
  // Records are written a while after the pods run; they belong to a pod's life.
  if (way !== 'none') await site.untilRecorded(pods);
  const ending = performance.now();
  await client.remove(Deployments, { namespace: NAMESPACE, name }, { signal, propagationPolicy: 'Background' });
  await site.untilGone();
  const untilGone = (performance.now() - ending) / 1000;
  await site.settle();
  const [requestsAfter, writesAfter] = [await countRequests(client), await site.writes()];
  const stale = writesAfter.stale - writesBefore.stale;
  const staleWrites = stale === 0 ? 0 : stale / (writesAfter.all - writesBefore.all);
  return { way, untilRunning, untilGone, requests: eachSince(requestsBefore, requestsAfter, pods), staleWrites };
}

function livesSection(lives: readonly Life[]): Section {
  return {
    title: 'Whole lives of pods',
    method: `A Deployment of ${PODS} pods with two numbers each, by each strategy, until all run, and from its deletion until all are gone; two managers, Kubernetes' controllers (unthrottled) and scheduler, kubelets played by kwok on 20 nodes; beside it one of as many pods on the host network without ports. In turns; between rounds every number is free again and every record gone. Stale: the share of the ledger's writes that somebody else's write made void.`,
    columns: ['round', 'pods', 'until all run', 'until all are gone', 'stale writes'],
    rows: lives.map(({ way, untilRunning, untilGone, staleWrites }, at) => [
      figure(1 + Math.floor(at / (1 + STRATEGIES.length))),
      way === 'none' ? 'without ports' : way,
      `${figure(untilRunning)} s`,
      `${figure(untilGone)} s`,
      way === 'none' ? '' : `${figure(100 * staleWrites)} %`,
    ]),
    verdicts: judgeLives(lives),
  };
}

function requestsSection(lives: readonly Life[]): Section {
  const last = (way: Way): ReadonlyMap<string, number> =>
    new Map(lives.findLast((life) => life.way === way)?.requests ?? []);
  const [ours, plain] = [last('Stride'), last('none')];
  const kinds = [...ours.keys()].slice(0, SHOWN);
  return {
    title: 'Requests of a whole life',
    method: `What the API server answered during the last of these lives, by everybody, for each of the ${PODS} pods; from its own metrics, without watches.`,
    columns: ['request', 'with two numbers (Stride)', 'without ports'],
    rows: kinds.map((what) => [what, figure(ours.get(what) ?? 0), figure(plain.get(what) ?? 0)]),
    verdicts: [],
  };
}

function steadySection(steady: readonly Steady[]): Section {
  return {
    title: 'Pods created steadily',
    method: `In the same cluster pods are created at a rate, for ${SECONDS} s, whether or not earlier ones are answered, and deleted 6 s later; latency of the create from the moment at which it was due, in ms.`,
    columns: ['creates/s', 'pods', 'p50', 'p99', 'refused'],
    rows: steady.map(({ way, rate, p50, p99, refused }) => [
      figure(rate),
      way === 'none' ? 'without ports' : way,
      figure(p50),
      figure(p99),
      figure(refused),
    ]),
    verdicts: judgeSteady(steady),
  };
}
