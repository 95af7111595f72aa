import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { makeNamespaceWithAccount, whenFree, whenHeld } from '../webhook/holdings.ts';
import { workloadOf } from '../webhook/manifests.ts';
import { asking, faultsOf, makeNodeNamespace, podsIn, whenBound, whenRoomIsShown } from './fleet.ts';

/** Until another manager leads, and has settled what the dead one left: its reservations are of 10 s. */
const SETTLED_MS = 90_000;
const PODS = 500;

let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  plane = await obtainControlPlane({ nodes: 10 });
  hostport = await startHostport({ plane, managers: 2, sweepInterval: '2s', reservationLife: '10s' });
  await hostport.objects.createPool('nodes', { ranges: ['7000-7199'], scope: 'Node', cooldown: '0s' });
  // Without it no pod would be bound, and nobody miss the managers.
  await whenRoomIsShown(hostport, '200');
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
});

test('none is bound without ports while no manager runs, nobody else waits, and all goes on when they are back', async () => {
  await makeNodeNamespace(hostport, 'held-up');
  await makeNamespaceWithAccount(hostport, 'others');
  const idle = { spec: { schedulingGates: [{ name: 'example.com/later' }] } };
  await hostport.apply(workloadOf('ReplicaSet', 'game', 5, asking('held-up', idle)));
  const waiting = await hostport.eventually(
    () => podsIn(hostport, 'held-up'),
    ({ length }) => length === 5,
    'the pods are there',
  );
  await Promise.all(hostport.managers.map((manager) => manager.kill('SIGTERM')));
  for (const { metadata } of waiting) {
    const open = JSON.stringify([{ op: 'remove', path: '/spec/schedulingGates' }]);
    await succeed(hostport.kubectl(['patch', 'pod', metadata.name, '-n', 'held-up', '--type=json', '-p', open]));
  }
  await hostport.apply(workloadOf('ReplicaSet', 'web', 5, { namespace: 'others', settings: {} }));
  await whenBound(hostport, 'others', 5);
  const failed = async (): Promise<string> => {
    const events = await hostport.objects.eventsOf(waiting[0]?.metadata.name ?? '', 'held-up');
    return events.map(({ message = '' }) => message).join('\n');
  };
  await hostport.eventually(
    failed,
    (said) => said.includes('bindings.hostport.io'),
    'the scheduler says who is missing',
  );
  expect((await podsIn(hostport, 'held-up')).filter(({ spec }) => spec.nodeName !== undefined)).toEqual([]);
  await Promise.all(hostport.managers.map((manager) => manager.start()));
  await hostport.whenReady();
  const bound = await whenBound(hostport, 'held-up', 5);
  expect(faultsOf(bound)).toEqual([]);
  await whenHeld(hostport, 'held-up/', 10);
  await succeed(hostport.kubectl(['delete', 'rs', 'game', '-n', 'held-up']));
  await whenFree(hostport, 'held-up/');
}, 240_000);

test('SIGKILL of one manager during 500 bindings: no duplicate, no leak, none bound without ports', async () => {
  await makeNodeNamespace(hostport, 'crowd');
  const leader = await hostport.eventually(
    () => hostport.leader(),
    (found) => found !== undefined,
    'one leads',
  );
  await hostport.apply(workloadOf('Deployment', 'crowd', PODS, asking('crowd')));
  const some = async (): Promise<number> =>
    (await podsIn(hostport, 'crowd')).filter(({ spec }) => spec.nodeName !== undefined).length;
  expect(await hostport.eventually(some, (count) => count > 50, 'some are bound', 60_000)).toBeLessThan(PODS);
  await leader?.kill('SIGKILL');
  const pods = await whenBound(hostport, 'crowd', PODS, 120_000);
  expect(faultsOf(pods)).toEqual([]);
  const settled = async (): Promise<readonly string[]> =>
    (await hostport.ledger())
      .flatMap(({ claims }) => claims)
      .filter(({ holder, state }) => holder.namespace === 'crowd' && state !== 'cooling')
      .map(({ state }) => state);
  const isSettled = (states: readonly string[]): boolean =>
    states.length === 2 * PODS && states.every((state) => state === 'held');
  await hostport.eventually(settled, isSettled, 'every pod holds its numbers, and nobody else any', SETTLED_MS);
  expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
  await leader?.start();
  await hostport.whenReady();
  await succeed(hostport.kubectl(['delete', 'deployment', 'crowd', '-n', 'crowd', '--wait=false']));
  await whenFree(hostport, 'crowd/', SETTLED_MS);
}, 400_000);
