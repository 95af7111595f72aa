import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { ManagerProcess, RunningHostport } from '../../support/hostport/hostport.ts';
import { poolShows } from '../manager/expectations.ts';
import { PORTS, asking, deployment, listOf, rolledOut, statefulSet } from './fleet.ts';
import { unhurriedPlane } from './plane.ts';
import { inOrder, numbersOf, podsOf } from './pod-books.ts';

const SCOUTS = 120;
const GUARDS = 60;
const ALL = SCOUTS + GUARDS;
/** It happens when so many pods are there: many are being created then. */
const AT = 40;

/** Room for all of them, and for reservations of creates that came to nothing. */
const SIZE = 2 * PORTS.length * ALL;
const names = ['deployment/scout', 'statefulset/guard'];

/** Until another leads, and has settled what the dead one left: its reservations are of 10 s. */
const SETTLED_MS = 60_000;

let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  plane = await unhurriedPlane();
  const common = { plane, sweepInterval: '2s', reservationLife: '10s', recordPods: true };
  hostport = await startHostport({ ...common, managers: 2 });
  await hostport.objects.createPool('crowded', { ranges: [`24000-${24_000 + SIZE - 1}`], cooldown: '1s' });
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
});

const victims = [
  { who: 'the one that leads', isVictim: (manager: ManagerProcess, leader: ManagerProcess) => manager === leader },
  { who: 'the other one', isVictim: (manager: ManagerProcess, leader: ManagerProcess) => manager !== leader },
];

test.each(victims)(
  'creation goes on, with no duplicate and no leak, when of two managers $who is killed',
  async ({ isVictim }) => {
    const leader = await hostport.eventually(
      () => hostport.leader(),
      (found) => found !== undefined,
      'one leads',
    );
    const victim = hostport.managers.find((manager) => leader !== undefined && isVictim(manager, leader));
    const annotations = asking('crowded');

    await hostport.apply(
      listOf([
        deployment({ name: 'scout', replicas: SCOUTS, annotations }),
        statefulSet({ name: 'guard', replicas: GUARDS, annotations }),
      ]),
    );
    const { length } = await hostport.eventually(pods, (found) => found.length >= AT, `${AT} pods are there`);
    expect(length).toBeLessThan(ALL);
    expect(await victim?.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });

    await rolledOut(hostport, names);
    await inOrder(hostport, SETTLED_MS);
    const numbers = (await pods()).flatMap((pod) => [...numbersOf(pod).values()]);
    expect(numbers).toHaveLength(PORTS.length * ALL);
    expect(new Set(numbers).size).toBe(numbers.length);
    await poolShows(hostport, 'crowded', { allocated: numbers.length, reserved: 0 });
    expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });

    await victim?.start();
    await hostport.whenReady();
    await succeed(hostport.kubectl(['delete', ...names, '--wait=false']));
    await hostport.eventually(pods, (found) => found.length === 0, 'all pods are gone', 60_000);
    await poolShows(hostport, 'crowded', { free: SIZE });
    await inOrder(hostport);
  },
  300_000,
);

async function pods(): ReturnType<typeof podsOf> {
  return [...(await podsOf(hostport, 'scout')), ...(await podsOf(hostport, 'guard'))];
}
