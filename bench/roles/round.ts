import { readPauses } from '../pauses.ts';
import type { Pauses } from '../pauses.ts';
import { processorTimes, usedBetween } from '../processor.ts';
import type { ProcessorTimes } from '../processor.ts';
import { between, countRequests } from '../requests.ts';
import type { Requests } from '../requests.ts';
import type { LeaderWorkerSet } from './leader-worker-set.ts';
import type { Site } from './site.ts';
import { PODS_EACH, groupsOf, plainOf, setOf } from './workloads.ts';
import type { Workload } from './workloads.ts';

/** How long others took until all pods existed, in seconds, and what they asked for. */
export interface Creation {
  readonly seconds: number;
  readonly requests: Requests;
  readonly processor: ProcessorTimes;
}

/** The same of a RoleInstanceSet, and how it went on. */
export interface SetLife extends Creation {
  /** From the last pod to the set's saying that it is complete. */
  readonly toldAfter: number;
  /** From the last pod until nothing more was written. */
  readonly later: Requests;
  readonly removal: Requests;
  readonly pauses: Pauses;
}

/** One of each, in one cluster, one after the other. */
export interface Round {
  readonly ours: SetLife;
  readonly plain: Creation;
  readonly groups: Creation;
}

/** Afterwards everything is as it was. */
export async function measureRound(site: Site, lws: LeaderWorkerSet, instances: number): Promise<Round> {
  const pods = instances * PODS_EACH;
  const ours = await measureSet(site, instances);
  const plain = await measureCreation(site, plainOf(site.namespace, instances), pods);
  // Whoever watches pods takes part in what the others do, so it runs only for itself.
  await using _ = await lws.start();
  return { ours, plain, groups: await measureCreation(site, groupsOf(site.namespace, instances), pods) };
}

async function measureSet(site: Site, instances: number): Promise<SetLife> {
  const { client, managers } = site.hostport;
  const set = setOf(site.namespace, instances);
  await readPauses(managers);
  const before = await countRequests(client);
  const idle = processorTimes();
  const seconds = await site.create(set, instances * PODS_EACH);
  const processor = usedBetween(idle, processorTimes());
  const created = performance.now();
  const atLast = await countRequests(client);
  await site.untilTold();
  const toldAfter = (performance.now() - created) / 1000;
  const quiet = await site.untilQuiet();
  await site.countNumbers();
  await site.remove(set);
  return {
    seconds,
    processor,
    toldAfter,
    requests: between(before, atLast),
    later: between(atLast, quiet),
    removal: between(quiet, await countRequests(client)),
    pauses: await readPauses(managers),
  };
}

async function measureCreation(site: Site, workloads: readonly Workload[], pods: number): Promise<Creation> {
  const { client } = site.hostport;
  const before = await countRequests(client);
  const idle = processorTimes();
  const seconds = await site.create(workloads, pods);
  const processor = usedBetween(idle, processorTimes());
  const requests = between(before, await countRequests(client));
  await site.remove(workloads);
  return { seconds, requests, processor };
}
