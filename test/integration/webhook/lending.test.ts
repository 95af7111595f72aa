import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { succeed, startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { create, assignedTo } from './holdings.ts';
import { podOf } from './manifests.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport();
  await hostport.objects.createPool('lines', { ranges: ['21000-21009'], cooldown: '0s' });
  await hostport.objects.createAllocation('line', { poolName: 'lines', ports: [{ name: 'http', port: 21_000 }] });
  await hostport.objects.given('line');
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const ports = (): Promise<readonly number[] | undefined> =>
  hostport.objects.findAllocation('line').then((found) => found?.status?.ports?.map(({ port }) => port));

test('what a pod uses of a lent allocation is not edited away under it', async () => {
  const pod = await create(hostport, podOf('user', { settings: { allocation: 'line' } }));
  expect(assignedTo(pod)).toEqual({ http: 21_000 });
  await hostport.objects.editAllocation('line', { ports: [{ name: 'http', port: 21_001 }] });
  const refusal = await hostport.objects.refused('line', 'PortHeld');
  for (const words of ['used by pod "user"', 'port "http"', 'delete the pod'])
    expect(refusal?.message).toContain(words);
  expect(await ports()).toEqual([21_000]);

  await hostport.objects.createAllocation('rival', { poolName: 'lines', ports: [{ name: 'http', port: 21_000 }] });
  const held = await hostport.objects.refused('rival', 'PortHeld');
  expect(held?.message).toContain('default/line');
});

test('a port more is given beside it', async () => {
  const more = [
    { name: 'http', port: 21_000 },
    { name: 'rcon', port: 21_005 },
  ];
  await hostport.objects.editAllocation('line', { ports: more });
  await hostport.eventually(ports, (now) => now?.join() === '21000,21005', 'both are given');
});

test('the edit is made when the pod is gone', async () => {
  await hostport.objects.editAllocation('line', { ports: [{ name: 'http', port: 21_001 }] });
  await hostport.objects.refused('line', 'PortHeld');
  await succeed(hostport.kubectl(['delete', 'pod', 'user', '--grace-period=0', '--force']));
  await hostport.eventually(ports, (now) => now?.join() === '21001', 'the edit is made');
  expect(await hostport.objects.given('rival')).toMatchObject([{ port: 21_000 }]);
});

test('a deletion that waits for a pod says for which', async () => {
  await create(hostport, podOf('last', { settings: { allocation: 'rival' } }));
  await hostport.objects.removeAllocation('rival');
  const told = async (): Promise<boolean> =>
    (await hostport.objects.eventsOf('rival')).some(
      ({ message }) => message?.includes('waits for pod "last"') === true,
    );
  await hostport.eventually(told, (is) => is, 'an Event names the pod');
  await succeed(hostport.kubectl(['delete', 'pod', 'last', '--grace-period=0', '--force']));
  const read = () => hostport.objects.findAllocation('rival');
  await hostport.eventually(read, (found) => found === undefined, 'it is gone');
});
