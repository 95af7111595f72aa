import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { podAnnotations } from '../../../src/api/index.ts';
import { Pods } from '../../../src/kube/index.ts';
import type { Draft, Pod } from '../../../src/kube/index.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { Run, RunningHostport } from '../../support/hostport/hostport.ts';
import { LaterWebhook } from '../webhook/later-webhook.ts';
import { asking, pods } from './fleet.ts';
import { inOrder, numbersOf } from './pod-books.ts';

const PODS = 20;
const ROUNDS = 12;

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, sweepInterval: '2s', recordPods: true });
  await hostport.objects.createPool('again', { ranges: ['24000-24999'], cooldown: '30s' });
  // Every manager knows the pool.
  const [manifest] = pods({ name: 'first', replicas: 1, annotations: asking('again') });
  for (let each = 0; each < 10; each++) {
    const tried = (): Promise<Run> => hostport.kubectl(['create', '--dry-run=server', '-f', '-'], manifest);
    await hostport.eventually(tried, ({ code }) => code === 0, 'the pool is known');
  }
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** Makes a pod, takes it away as soon as it is there, makes another one of the name, and so on; gives them all. */
async function makeAgainAndAgain(manifest: Draft<Pod>): Promise<readonly Pod[]> {
  const { client, signal } = hostport;
  const made: Pod[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const last = made.at(-1);
    if (last !== undefined) {
      const { namespace = '', name } = last.metadata;
      await client.remove(Pods, { namespace, name }, { gracePeriodSeconds: 0, signal });
    }
    made.push(await client.create(Pods, manifest, { signal }));
  }
  return made;
}

test('pods that are made again under their names, before the earlier ones were seen, have their numbers to themselves', async () => {
  const fleet = { name: 'again', replicas: PODS, annotations: asking('again') };
  const made = await Promise.all(pods(fleet).map((manifest) => makeAgainAndAgain(manifest as Draft<Pod>)));

  await inOrder(hostport);
  const tokens = made.flat().map(({ metadata }) => metadata.annotations?.[podAnnotations.reservation]);
  expect(new Set(tokens).size).toBe(PODS * ROUNDS);
  const last = made.flatMap((each) => each.slice(-1));
  for (const each of made) expect(new Set(each.map((pod) => [...numbersOf(pod).values()].join(' '))).size).toBe(1);
  expect(new Set(last.flatMap((pod) => [...numbersOf(pod).values()])).size).toBe(2 * PODS);
  await expectNoFaults();
}, 120_000);

test('while nobody leads, a pod that nobody has confirmed keeps its numbers from another create of its name', async () => {
  const leader = await hostport.eventually(
    () => hostport.leader(),
    (found) => found !== undefined,
    'one leads',
  );
  const [manifest] = pods({ name: 'alone', replicas: 1, annotations: asking('again') });
  const create = (): Promise<Run> => hostport.kubectl(['create', '-f', '-'], manifest);
  const options = { kind: 'Mutating', namespace: 'default', timeoutSeconds: 30, failurePolicy: 'Fail' } as const;
  await using later = await LaterWebhook.start(hostport, options);
  const created = create();
  const { answer } = await later.next();
  // Who let it in would confirm it: that manager is another process by the time the pod is there.
  const other = hostport.managers.find((manager) => manager !== leader);
  await Promise.all([leader?.kill('SIGKILL'), other?.kill('SIGKILL')]);
  answer('allow');
  expect(await created).toMatchObject({ code: 0 });
  await other?.start();
  await hostport.whenReady();
  expect((await create()).stderr).toContain('pod "alone-0" has ports already, and is there');

  await inOrder(hostport);
  await expectNoFaults();
}, 120_000);

async function expectNoFaults(): Promise<void> {
  expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
}
