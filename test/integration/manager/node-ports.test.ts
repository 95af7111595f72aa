import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PortAllocation } from '../../../src/api/index.ts';
import { findCondition } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { SOON_MS, allocation, expectRefusal, numbersGiven, poolShows } from './expectations.ts';
import type { Condition } from '../../../src/kube/index.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 1, sweepInterval: '1s' });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** A Service with one node port of its own choice. */
function service(name: string, nodePort: number, protocol = 'TCP'): object {
  const ports = [{ name: 'web', port: 80, protocol, nodePort }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { type: 'NodePort', ports },
  };
}

/** What is said of an allocation's numbers being disputed, once it is or no longer is. */
async function disputed(name: string, isDisputed: boolean): Promise<Condition | undefined> {
  const read = async (): Promise<PortAllocation | undefined> => hostport.objects.findAllocation(name);
  const conditionOf = (found: PortAllocation | undefined) => findCondition(found?.status?.conditions, 'Disputed');
  const holds = (found: PortAllocation | undefined): boolean => (conditionOf(found)?.status === 'True') === isDisputed;
  const found = await hostport.eventually(read, holds, `${name} is disputed: ${isDisputed}`, SOON_MS);
  return conditionOf(found);
}

test('a node port that a Service has is not handed out, and is until then and afterwards', async () => {
  await hostport.objects.createPool('narrow', { ranges: ['30600-30602'], allowNodePortOverlap: true, cooldown: '0s' });
  await hostport.apply(service('early', 30_601));
  await poolShows(hostport, 'narrow', { capacity: 3, blocked: 1, free: 2 });
  const ports = [{ name: 'game', protocol: 'TCPUDP' as const }];
  for (const name of ['narrow-1', 'narrow-2', 'narrow-3'])
    await hostport.apply(allocation(name, { poolName: 'narrow', ports }));
  expect(
    (await Promise.all(['narrow-1', 'narrow-2'].map((name) => numbersGiven(hostport, name)))).flat().sort(),
  ).toEqual([30_600, 30_602]);
  await expectRefusal(hostport, 'narrow-3', { reason: 'PoolExhausted', says: ['pool "narrow"'] });
  await hostport.apply(allocation('narrow-exact', { poolName: 'narrow', ports: [{ name: 'game', port: 30_601 }] }));
  await expectRefusal(hostport, 'narrow-exact', { reason: 'PortHeld', says: ['30601', 'Service default/early'] });

  await succeed(hostport.kubectl(['delete', 'pa', 'narrow-exact']));
  await succeed(hostport.kubectl(['delete', 'service', 'early']));
  expect(await numbersGiven(hostport, 'narrow-3')).toEqual([30_601]);
});

test('a node port that a Service takes later is reported, and its holder keeps it', async () => {
  await hostport.apply(
    allocation('settled', { poolName: 'from-30558', ports: [{ name: 'game' }, { name: 'rcon', port: 30_999 }] }),
  );
  const before = await numbersGiven(hostport, 'settled');
  const stored = await hostport.holders();
  await hostport.apply(service('late', before[0] ?? 0));
  await hostport.apply(service('later', 30_999));

  const words = [`${before[0]} (Service default/late)`, '30999 (Service default/later)', 'delete one of the two'];
  const read = async (): Promise<string> => (await disputed('settled', true))?.message ?? '';
  const holds = (message: string): boolean => words.every((each) => message.includes(each));
  await hostport.eventually(read, holds, 'both numbers are told', SOON_MS);
  const events = (): ReturnType<typeof hostport.objects.eventsOf> => hostport.objects.eventsOf('settled');
  const isTold = (seen: Awaited<ReturnType<typeof events>>): boolean =>
    seen.some(({ reason, type }) => reason === 'Disputed' && type === 'Warning');
  await hostport.eventually(events, isTold, 'an Event tells of the dispute', SOON_MS);
  expect(await numbersGiven(hostport, 'settled')).toEqual(before);
  expect(await hostport.holders()).toEqual(stored);

  // Whatever else is asked for, the number doesn't move: somebody listens on it.
  const ports = [{ name: 'game' }, { name: 'rcon', port: 30_999 }, { name: 'more' }];
  await hostport.apply(allocation('settled', { poolName: 'from-30558', ports }));
  expect((await numbersGiven(hostport, 'settled')).slice(0, 2)).toEqual(before);

  await succeed(hostport.kubectl(['delete', 'service', 'late', 'later']));
  await disputed('settled', false);
  expect((await numbersGiven(hostport, 'settled')).slice(0, 2)).toEqual(before);
});

test('the metric counts what is disputed', async () => {
  await hostport.apply(allocation('metered', { poolName: 'from-30558', ports: [{ name: 'game', port: 31_111 }] }));
  await numbersGiven(hostport, 'metered');
  await hostport.apply(service('meter', 31_111));
  await disputed('metered', true);
  const read = async (): Promise<string> => (await hostport.manager().get('/metrics')).body;
  const says = (text: string): boolean => text.includes('hostport_disputed_numbers{pool="from-30558"} 1');
  await hostport.eventually(read, says, 'the metric says 1', SOON_MS);
});

test("a Service on another protocol is in nobody's way", async () => {
  await hostport.apply(service('udp-only', 31_222, 'UDP'));
  await hostport.apply(allocation('tcp-only', { poolName: 'from-30558', ports: [{ name: 'game', port: 31_222 }] }));
  expect(await numbersGiven(hostport, 'tcp-only')).toEqual([31_222]);
  expect(await disputed('tcp-only', false)).toBeUndefined();
});

test('a node port blocks on every node', async () => {
  await hostport.objects.createPool('nodes', { ranges: ['30100-30101'], scope: 'Node', allowNodePortOverlap: true });
  await hostport.apply(service('everywhere', 30_100));
  const spec = { poolName: 'nodes', nodeName: 'node-1', ports: [{ name: 'game' }] };
  await poolShows(hostport, 'nodes', { capacity: 2, blocked: 1, free: 1 });
  await hostport.apply(allocation('on-node', spec));
  expect(await numbersGiven(hostport, 'on-node')).toEqual([30_101]);
  await hostport.apply(allocation('on-node-too', { ...spec, ports: [{ name: 'game', port: 30_100 }] }));
  await expectRefusal(hostport, 'on-node-too', { reason: 'PortHeld', says: ['30100', 'Service default/everywhere'] });
});
