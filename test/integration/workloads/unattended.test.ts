import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Nodes } from '../../../src/kube/index.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { Held, RunningHostport } from '../../support/hostport/hostport.ts';
import { printHeld } from '../manager/books.ts';
import { poolShows } from '../manager/expectations.ts';
import { PORTS, asking, deployment, job, listOf, pods, rolledOut } from './fleet.ts';
import { unhurriedPlane } from './plane.ts';
import { inOrder, podsOf } from './pod-books.ts';

const LONERS = 80;
const DELETED = 50;
const FINISHED = 10;
const BYSTANDERS = 20;
const WAITING = 5;

/** As many numbers as all of them need: none is free before one is given back. */
const SIZE = PORTS.length * (LONERS + FINISHED + BYSTANDERS + WAITING);
const FREED = PORTS.length * (DELETED + FINISHED);

/** The label of the node that the Job's pods wait for: they run, and finish, when a node bears it. */
const LATER = { batch: 'open' };
const NEVER = { batch: 'never' };

const annotations = asking('tight');
const doomed = Array.from({ length: DELETED }, (_, at) => `loner-${at}`);

let plane: ControlPlane;
let hostport: RunningHostport;
/** Who held what when the managers stopped. */
let before: readonly Held[];

beforeAll(async () => {
  plane = await unhurriedPlane();
  hostport = await startHostport({ plane, managers: 2, sweepInterval: '2s', recordPods: true });
  const ranges = [`24000-${24_000 + SIZE - 1}`];
  await hostport.objects.createPool('tight', { ranges, cooldown: '0s' });
  const fleet = [
    ...pods({ name: 'loner', replicas: LONERS, annotations }),
    deployment({ name: 'bystander', replicas: BYSTANDERS, annotations }),
    job({ name: 'finishing', replicas: FINISHED, annotations, nodeSelector: LATER }),
    job({ name: 'waiting', replicas: WAITING, annotations, nodeSelector: NEVER }),
  ];
  await hostport.apply(listOf(fleet));
  await rolledOut(hostport, ['deployment/bystander']);
  await poolShows(hostport, 'tight', { allocated: SIZE, free: 0 });
  await inOrder(hostport);
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
});

test('while no manager runs, pods that are deleted and pods that finish keep their numbers from others', async () => {
  for (const manager of hostport.managers) expect(await manager.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  before = await hostport.holders();
  expect(before).toHaveLength(SIZE);

  await succeed(hostport.kubectl(['delete', 'pod', ...doomed, '--timeout=60s']));
  const [node] = (await hostport.client.list(Nodes, { signal: hostport.signal })).items;
  const labels = Object.entries(LATER).map(([key, value]) => `${key}=${value}`);
  await succeed(hostport.kubectl(['label', 'node', node?.metadata.name ?? '', ...labels]));
  await succeed(hostport.kubectl(['wait', '--for=condition=complete', 'job/finishing', '--timeout=60s']));

  expect(printHeld(await hostport.holders())).toEqual(printHeld(before));
});

test('when managers run again, exactly those numbers are freed, while the finished pods are still there', async () => {
  for (const manager of hostport.managers) await manager.start();
  await hostport.whenReady();
  const finished = await podsOf(hostport, 'finishing');
  expect(finished.map(({ status }) => status?.phase)).toEqual(Array.from({ length: FINISHED }, () => 'Succeeded'));

  const gone = new Set([...doomed, ...finished.map(({ metadata }) => metadata.name)].map((name) => `default/${name}`));
  const expected = printHeld(before.filter(({ holder }) => !gone.has(holder)));
  expect(expected).toHaveLength(SIZE - FREED);
  const read = async (): Promise<readonly string[]> => printHeld(await hostport.holders());
  const isDone = (held: readonly string[]): boolean => held.length <= expected.length;
  expect(await hostport.eventually(read, isDone, 'the numbers are freed', 60_000)).toEqual(expected);
  await poolShows(hostport, 'tight', { allocated: SIZE - FREED, free: FREED, reserved: 0, cooling: 0 });
  await inOrder(hostport);
});

test('newcomers get what was freed, and nothing beyond that', async () => {
  await hostport.apply(listOf(pods({ name: 'newcomer', replicas: DELETED + FINISHED, annotations })));
  await inOrder(hostport);
  const [oneMore] = pods({ name: 'late', replicas: 1, annotations });
  const refused = await hostport.kubectl(['create', '-f', '-'], oneMore);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('PoolExhausted');
  expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
});
