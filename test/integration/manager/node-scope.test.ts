import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Nodes } from '../../../src/kube/index.ts';
import { domainOf, startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { allocation, expectRefusal, numbersGiven, poolShows } from './expectations.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2, managers: 2, sweepInterval: '1s' });
  await hostport.objects.createPool('nodes', {
    ranges: ['7000-7001'],
    scope: 'Node',
    strategy: 'Sequential',
    cooldown: '0s',
  });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** Asks for one port on a node. */
function ask(name: string, nodeName: string, port?: number): Promise<string> {
  const ports = [{ name: 'game', ...(port === undefined ? {} : { port }) }];
  return hostport.apply(allocation(name, { poolName: 'nodes', nodeName, ports }));
}

test('a number may be held once on each node', async () => {
  await poolShows(hostport, 'nodes', { capacity: 4, free: 4 });
  for (const node of ['node-1', 'node-2']) {
    await ask(`a-${node}`, node, 7000);
    expect(await numbersGiven(hostport, `a-${node}`)).toEqual([7000]);
  }
  const held = (await hostport.holders()).map(({ domain, number }) => ({ domain, number }));
  expect(held).toEqual(
    expect.arrayContaining([
      { domain: domainOf('node-1'), number: 7000 },
      { domain: domainOf('node-2'), number: 7000 },
    ]),
  );
  await poolShows(hostport, 'nodes', { capacity: 4, allocated: 2, free: 2 });
});

test('and no second time there', async () => {
  await ask('again', 'node-1', 7000);
  await expectRefusal(hostport, 'again', { reason: 'PortHeld', says: ['7000', 'default/a-node-1'] });
});

test('a node that is full has nothing to do with another', async () => {
  await ask('b-node-1', 'node-1');
  expect(await numbersGiven(hostport, 'b-node-1')).toEqual([7001]);
  await ask('c-node-1', 'node-1');
  await expectRefusal(hostport, 'c-node-1', { reason: 'PoolExhausted', says: ['pool "nodes" has no free TCP number'] });
  await ask('b-node-2', 'node-2');
  expect(await numbersGiven(hostport, 'b-node-2')).toEqual([7001]);
});

test('a release on one node lets in who waits for that node only', async () => {
  await ask('c-node-2', 'node-2');
  await expectRefusal(hostport, 'c-node-2', { reason: 'PoolExhausted', says: ['pool "nodes"'] });
  await hostport.objects.removeAllocation('b-node-2');
  expect(await numbersGiven(hostport, 'c-node-2')).toEqual([7001]);
  expect((await hostport.objects.findAllocation('c-node-1'))?.status?.ports).toBeUndefined();
});

test('an allocation stays on its node', async () => {
  const manifest = allocation('a-node-1', { poolName: 'nodes', nodeName: 'node-2', ports: [{ name: 'game' }] });
  const { code, stderr } = await hostport.kubectl(['apply', '-f', '-'], manifest);
  expect(code).toBe(1);
  expect(stderr).toContain("nodeName can't be changed");
});

test('who asks for a node that comes later is served then, and the capacity grows with it', async () => {
  await ask('early', 'node-3');
  await expectRefusal(hostport, 'early', { reason: 'InvalidRequest', says: ['there is no node "node-3"'] });
  await hostport.client.create(Nodes, { metadata: { name: 'node-3' } }, { signal: hostport.signal });
  expect(await numbersGiven(hostport, 'early')).toEqual([7000]);
  await poolShows(hostport, 'nodes', { capacity: 6, allocated: 5, free: 1 });
});

test('what was held on a node that is gone is kept until its holder goes, and keeps nobody from anything', async () => {
  await succeed(hostport.kubectl(['delete', 'node', 'node-3']));
  await poolShows(hostport, 'nodes', { capacity: 4, allocated: 4, free: 0 });
  expect(await numbersGiven(hostport, 'early')).toEqual([7000]);
  await succeed(hostport.kubectl(['delete', 'pa', 'early', '--timeout=60s']));
  const left = (await hostport.holders()).filter(({ domain }) => domain === domainOf('node-3'));
  expect(left).toEqual([]);
});

test('nothing is left in the ledger of a node that is gone and on which nothing is held, and nobody writes it again', async () => {
  const blocksOf = async (node: string): Promise<readonly unknown[]> =>
    (await hostport.ledger()).filter(({ domain }) => domain === domainOf(node));
  expect(await blocksOf('node-2')).not.toEqual([]);
  await hostport.eventually(
    () => blocksOf('node-3'),
    ({ length }) => length === 0,
    'the block of node-3 is deleted',
  );
  // What is asked for there later begins anew.
  await hostport.client.create(Nodes, { metadata: { name: 'node-3' } }, { signal: hostport.signal });
  await ask('again-there', 'node-3');
  expect(await numbersGiven(hostport, 'again-there')).toEqual([7000]);
  expect(await blocksOf('node-3')).toHaveLength(1);
  for (const { log } of hostport.managers.map((manager) => ({ log: manager.log() })))
    expect(log).not.toContain('was deleted and is written again');
});
