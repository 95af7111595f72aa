import { metricsOf, pausesIn, worst } from '../pauses.ts';
import type { Pauses } from '../pauses.ts';
import { processorTimes, usedBetween } from '../processor.ts';
import type { ProcessorTimes } from '../processor.ts';
import { between, countRequests } from '../requests.ts';
import type { Requests } from '../requests.ts';
import type { Site } from './site.ts';
import { Deployments, NAMESPACE, deploymentOf } from './workload.ts';
import type { Way } from './workload.ts';

/** One Deployment's life, in seconds, and what came with it. */
export interface Life {
  readonly way: Way;
  readonly untilRunning: number;
  readonly untilGone: number;
  readonly requests: Requests;
  /** What was used until all ran, and from the deletion until all were gone. */
  readonly processor: { readonly running: ProcessorTimes; readonly gone: ProcessorTimes };
  /** The share of the ledger's writes, of both managers, that somebody else's write made void. */
  readonly staleWrites: number;
  readonly pauses: Pauses;
}

/** Lets a Deployment of `pods` pods live and go; everything is as it was afterwards. */
export async function measureLife(site: Site, way: Way, pods: number): Promise<Life> {
  const { client, signal, managers } = site.hostport;
  const name = way.toLowerCase();
  const [requests, metrics] = [await countRequests(client), await metricsOf(managers)];
  const idle = processorTimes();
  const began = performance.now();
  await client.create(Deployments, deploymentOf(way, name, pods), { signal });
  await site.pods.untilRunning(pods);
  const untilRunning = (performance.now() - began) / 1000;
  const running = usedBetween(idle, processorTimes());
  // Records are written a while after the pods run; they belong to a pod's life.
  if (way !== 'none') await site.untilRecorded(pods);
  const recorded = processorTimes();
  const ending = performance.now();
  await client.remove(Deployments, { namespace: NAMESPACE, name }, { signal, propagationPolicy: 'Background' });
  await site.pods.untilGone();
  const untilGone = (performance.now() - ending) / 1000;
  const gone = usedBetween(recorded, processorTimes());
  await site.settle();
  const told = await metricsOf(managers);
  return {
    way,
    untilRunning,
    untilGone,
    requests: between(requests, await countRequests(client)),
    processor: { running, gone },
    staleWrites: staleBetween(metrics, told),
    pauses: worst(told.map(pausesIn)),
  };
}

function staleBetween(before: readonly string[], after: readonly string[]): number {
  const [first, last] = [writesIn(before), writesIn(after)];
  const stale = last.stale - first.stale;
  return stale === 0 ? 0 : stale / (last.all - first.all);
}

function writesIn(metrics: readonly string[]): { readonly stale: number; readonly all: number } {
  let [stale, all] = [0, 0];
  for (const [, result, count] of metrics.join('\n').matchAll(WRITES)) {
    all += Number(count);
    if (result === 'stale') stale += Number(count);
  }
  return { stale, all };
}

const WRITES = /^hostport_ledger_writes_total\{result="(\w+)"\} (\d+)/gm;
