import { Pods } from '../../src/kube/index.ts';
import { numbersOf } from '../bindings/pod.ts';
import { invariant } from '../../src/base/result.ts';
import { readPauses } from '../pauses.ts';
import type { Pauses } from '../pauses.ts';
import { processorTimes, usedBetween } from '../processor.ts';
import type { ProcessorTimes } from '../processor.ts';
import { between, countRequests } from '../requests.ts';
import type { Requests } from '../requests.ts';
import { CALLERS } from './site.ts';
import type { Site, Stand, Way } from './site.ts';

/** One round of one way, in seconds from the first create, and what came with it. */
export interface Round {
  readonly way: Way;
  /** Until the API server has answered the last create. */
  readonly created: number;
  readonly bound: number;
  readonly running: number;
  readonly requests: Requests;
  /** Until all ran. */
  readonly processor: ProcessorTimes;
  readonly pauses: Pauses;
}

/** Has `count` pods created, scheduled and run, and takes them away again; everything is as it was afterwards. */
export async function measureRound({ hostport, callers, stands }: Site, way: Way, count: number): Promise<Round> {
  const { client, signal, managers } = hostport;
  const stand = stands[way];
  const { namespace, pods } = stand;
  await readPauses(managers);
  const before = await countRequests(client);
  const idle = processorTimes();
  const began = performance.now();
  const since = (): number => (performance.now() - began) / 1000;
  const all = [pods.untilBound(count).then(since), pods.untilRunning(count).then(since)] as const;
  const [created, bound, running] = await Promise.all([create(callers, stand, count).then(since), ...all]);
  const processor = usedBetween(idle, processorTimes());
  await stand.settle(count);
  const requests = between(before, await countRequests(client));
  const pauses = await readPauses(managers);
  const { items } = await client.list(Pods, { namespace, signal });
  const told = items.flatMap((pod) => numbersOf(pod).map((number) => `${pod.spec.nodeName ?? ''} ${number}`));
  invariant(told.length === (way === 'Node pool' ? 2 * count : 0), 'a pod was not told what it should be');
  invariant(new Set(told).size === told.length, 'two pods of a node were told one number');
  await callers.remove(
    namespace,
    items.map(({ metadata }) => metadata.name),
  );
  await pods.untilGone();
  await stand.settle(0);
  return { way, created, bound, running, requests, processor, pauses };
}

async function create(callers: Site['callers'], { draft }: Stand, count: number): Promise<void> {
  let left = count;
  await callers.call(
    CALLERS,
    () => (left-- > 0 ? draft : undefined),
    async (each, { client, signal }) => {
      await client.create(Pods, each, { signal, metadataOnly: true });
    },
  );
}
