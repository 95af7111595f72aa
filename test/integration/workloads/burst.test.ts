import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { podAnnotations } from '../../../src/api/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { poolShows } from '../manager/expectations.ts';
import { asking, deployment, listOf, rolledOut, statefulSet } from './fleet.ts';
import { unhurriedPlane } from './plane.ts';
import { inOrder, numbersOf, podsOf, recordsIn } from './pod-books.ts';

const RELAYS = 200;
const ENGINES = 100;
const BASE = 26_000;
const COOLDOWN = '2s';

/** How many numbers the pools have: half of them would do, but for a rollout, which has more pods for a while. */
const POOLS = [
  { name: 'relays', first: 24_000, size: 800 },
  { name: 'engines', first: BASE, size: 2 * ENGINES },
] as const;

const relays = {
  name: 'relay',
  replicas: RELAYS,
  annotations: asking('relays', { [podAnnotations.strategy]: 'Random' }),
};
const engines = {
  name: 'engine',
  replicas: ENGINES,
  annotations: asking('engines', { [podAnnotations.basePort]: String(BASE) }),
};
const names = ['deployment/relay', 'statefulset/engine'];

let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  plane = await unhurriedPlane();
  hostport = await startHostport({ plane, managers: 2, sweepInterval: '2s', recordPods: true });
  for (const { name, first, size } of POOLS) {
    await hostport.objects.createPool(name, { ranges: [`${first}-${first + size - 1}`], cooldown: COOLDOWN });
  }
});
afterEach(expectNoFaults);
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
});

async function allPods(): Promise<readonly Pod[]> {
  return [...(await podsOf(hostport, 'relay')), ...(await podsOf(hostport, 'engine'))];
}

/** What pod N of the StatefulSet has, whatever else happens: the numbers of its ordinal. */
async function expectOrdinals(): Promise<void> {
  const found = await podsOf(hostport, 'engine');
  expect(found).toHaveLength(ENGINES);
  const numbers = found.map((pod) => [pod.metadata.name, Object.fromEntries(numbersOf(pod))]);
  const expected = found.map(({ metadata }) => {
    const first = BASE + 2 * Number(metadata.name.replace('engine-', ''));
    return [metadata.name, { game: first, 'voice-rtp': first + 1 }];
  });
  expect(numbers).toEqual(expected);
}

/** All pods are there, and agree with everybody about their numbers, which differ. */
async function expectEverybodyServed(): Promise<void> {
  await inOrder(hostport);
  // A rollout is over while pods of the earlier template still end.
  const isAll = (all: readonly Pod[]): boolean => all.length === RELAYS + ENGINES;
  const found = await hostport.eventually(allPods, isAll, 'as many pods as were asked for');
  expect(new Set(found.flatMap((pod) => [...numbersOf(pod).values()])).size).toBe(2 * (RELAYS + ENGINES));
  await expectOrdinals();
}

async function expectNoFaults(): Promise<void> {
  const verdict = await hostport.recorder.verdict();
  expect(verdict).toMatchObject({ faults: [], gaps: [] });
  expect(verdict.seen['Pod']).toBeGreaterThan(2 * (RELAYS + ENGINES));
}

test('200 pods of a Deployment and 100 of a StatefulSet, created at once, all have their ports', async () => {
  await hostport.apply(listOf([deployment(relays), statefulSet(engines)]));
  await rolledOut(hostport, names);
  await expectEverybodyServed();
}, 240_000);

test('after a rolling restart of both, with other pods, the StatefulSet has the numbers of its ordinals', async () => {
  const before = new Set((await allPods()).map(({ metadata }) => metadata.uid));
  await succeed(hostport.kubectl(['rollout', 'restart', ...names]));
  await rolledOut(hostport, names);
  await expectEverybodyServed();
  expect((await allPods()).filter(({ metadata }) => before.has(metadata.uid))).toEqual([]);
}, 240_000);

test('scaled to nothing, all numbers are free again, and no record is left', async () => {
  await succeed(hostport.kubectl(['scale', '--replicas=0', ...names]));
  await hostport.eventually(allPods, ({ length }) => length === 0, 'all pods are gone', 60_000);
  for (const { name, size } of POOLS) {
    await poolShows(hostport, name, { capacity: size, free: size, allocated: 0, reserved: 0, cooling: 0 });
  }
  await hostport.eventually(
    () => recordsIn(hostport),
    ({ length }) => length === 0,
    'no record is left',
    60_000,
  );
  expect(await hostport.holders()).toEqual([]);
}, 120_000);
