import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { allocation, expectRefusal, makeNamespace, numbersGiven } from './expectations.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 1 });
  await hostport.objects.createPool('small', { ranges: ['5000-5003', '5010-5011'], cooldown: '0s' });
  await hostport.objects.createAllocation('holder', { poolName: 'small', ports: [{ name: 'game', port: 5001 }] });
  await numbersGiven(hostport, 'holder');
});
afterAll(async () => {
  const held = await hostport.holders();
  await hostport[Symbol.asyncDispose]();
  // Through all of this nobody took anything from whoever had it.
  expect(held).toContainEqual(expect.objectContaining({ number: 5001, holder: 'default/holder' }));
});

const game = [{ name: 'game' }];
const idle = { name: 'idle', image: 'registry.k8s.io/pause:3.10' };
const apply = (...of: Parameters<typeof allocation>) => hostport.apply(allocation(...of));

describe('what the schema lets pass is refused in the condition and by an Event, which say what to write', () => {
  test('an unknown pool, and it is served when the pool is there', async () => {
    await apply('unknown', { poolName: 'nowhere', ports: game });
    const says = ['there is no PortPool "nowhere"', 'name one of', '"default"', '"small"'];
    await expectRefusal(hostport, 'unknown', { reason: 'PoolNotFound', says });
    await hostport.objects.createPool('nowhere', { ranges: ['5100'] });
    expect(await numbersGiven(hostport, 'unknown')).toEqual([5100]);
  });

  test('more numbers in a row than the pool has', async () => {
    await apply('too-long', { poolName: 'small', ports: [{ name: 'rtp', count: 5 }] });
    const says = ['asks for 5 consecutive numbers', 'write a count of at most 4, or name another pool'];
    await expectRefusal(hostport, 'too-long', { reason: 'InvalidRequest', says });
    await apply('too-long', { poolName: 'small', ports: [{ name: 'rtp', port: 5010, count: 2 }] });
    expect(await numbersGiven(hostport, 'too-long')).toEqual([5010, 5011]);
  });

  test('a number that somebody holds', async () => {
    await apply('second', { poolName: 'small', ports: [{ name: 'web', port: 5001 }] });
    const says = [
      'port 5001 for "web" is held by PortAllocation.hostport.io default/holder (its port "game")',
      'write another number, or leave the number out',
    ];
    await expectRefusal(hostport, 'second', { reason: 'PortHeld', says });
    await apply('second', { poolName: 'small', ports: [{ name: 'web', port: 5002 }] });
    expect(await numbersGiven(hostport, 'second')).toEqual([5002]);
  });

  test('one number for two of its own ports', async () => {
    await apply('twice', {
      poolName: 'small',
      ports: [
        { name: 'a', port: 5003 },
        { name: 'b', port: 5003 },
      ],
    });
    const says = ['port 5003 for "b" is already taken by port "a" of the same request', 'write different numbers'];
    await expectRefusal(hostport, 'twice', { reason: 'PortHeldBySelf', says });
    await apply('twice', {
      poolName: 'small',
      ports: [
        { name: 'a', port: 5003 },
        { name: 'b', port: 5003, protocol: 'UDP' },
      ],
    });
    expect(await numbersGiven(hostport, 'twice')).toEqual([5003, 5003]);
  });

  test('a number of another pool, which is named', async () => {
    await apply('elsewhere', { poolName: 'small', ports: [{ name: 'game', port: 20_000 }] });
    const says = ['port 20000 is not in pool "small" (5000-5003, 5010-5011)', 'pool "default" has it; name that one'];
    await expectRefusal(hostport, 'elsewhere', { reason: 'PortOutsidePool', says });
  });

  test('a node for a pool of the whole cluster', async () => {
    await apply('with-node', { poolName: 'small', nodeName: 'node-1', ports: game });
    const says = ['pool "small" has scope Cluster', 'leave spec.nodeName out, or name a pool of scope Node'];
    await expectRefusal(hostport, 'with-node', { reason: 'InvalidRequest', says });
  });

  test('no node, or an unknown one, for a pool of nodes', async () => {
    await hostport.objects.createPool('nodes', { ranges: ['5200-5209'], scope: 'Node' });
    await apply('no-node', { poolName: 'nodes', ports: game });
    const says = ['pool "nodes" has scope Node', 'name a pool of scope Cluster, or set spec.nodeName'];
    await expectRefusal(hostport, 'no-node', { reason: 'InvalidRequest', says });
    await apply('odd-node', { poolName: 'nodes', nodeName: 'node-9', ports: game });
    const advice = ['there is no node "node-9"', 'set spec.nodeName to a node that "kubectl get nodes" shows'];
    await expectRefusal(hostport, 'odd-node', { reason: 'InvalidRequest', says: advice });
  });

  test('a record that a user wrote of a pod that has no ports, which is taken away and told of', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bystander' }, spec: { containers: [idle] } };
    await succeed(hostport.kubectl(['apply', '-f', '-'], JSON.stringify(pod)));
    const uid = await succeed(hostport.kubectl(['get', 'pod', 'bystander', '-o', 'jsonpath={.metadata.uid}']));
    const recordOf = { apiVersion: 'v1', kind: 'Pod', name: 'bystander', uid };
    const said = { summary: 'game=5000/TCP', allocated: 'True', reason: 'Allocated' } as const;
    await apply('forged', { poolName: 'small', recordOf, ports: game, ...said });
    await hostport.objects.gone('forged', 'default', 30_000);
    const told = async () =>
      (await hostport.objects.eventsOf('forged')).map(({ reason, message }) => [reason, message]);
    const isTold = (events: readonly unknown[]) => events.length > 0;
    expect(await hostport.eventually(told, isTold, 'an Event tells it')).toEqual([
      ['NotHeld', expect.stringContaining("Pod default/bystander doesn't hold what this record says")],
    ]);
    expect(JSON.stringify(await hostport.holders())).not.toMatch(/forged|bystander/);
  });

  test('a record of an object that is not there, which goes', async () => {
    const recordOf = { apiVersion: 'v1', kind: 'Pod', name: 'nobody', uid: '1-2-3' };
    await apply('stray', { poolName: 'small', recordOf, ports: game });
    await hostport.objects.gone('stray', 'default', 30_000);
  });
});

describe('a pool for some namespaces only', () => {
  test('refuses others, and serves one as soon as it is labelled', async () => {
    await hostport.objects.createPool('games', {
      ranges: ['5300-5309'],
      namespaceSelector: { matchLabels: { team: 'games' } },
    });
    await makeNamespace(hostport, 'arcade');
    await apply('player', { poolName: 'games', ports: game }, 'arcade');
    const says = [
      'namespace "arcade" may not use pool "games"',
      'label it to match',
      '{"matchLabels":{"team":"games"}}',
    ];
    await expectRefusal(hostport, 'player', { reason: 'NamespaceNotAllowed', says, namespace: 'arcade' });
    await succeed(hostport.kubectl(['label', 'namespace', 'arcade', 'team=games']));
    expect(await numbersGiven(hostport, 'player', 'arcade')).toHaveLength(1);
  });

  test('leaves a namespace what it has when the label goes, and gives it nothing more', async () => {
    const numbers = await numbersGiven(hostport, 'player', 'arcade');
    await succeed(hostport.kubectl(['label', 'namespace', 'arcade', 'team-']));
    await apply('player', { poolName: 'games', ports: [...game, { name: 'rcon' }] }, 'arcade');
    await expectRefusal(hostport, 'player', { reason: 'NamespaceNotAllowed', says: ['arcade'], namespace: 'arcade' });
    const { status } = (await hostport.objects.findAllocation('player', 'arcade')) ?? {};
    expect(status?.ports?.map(({ port }) => port)).toEqual(numbers);
    await succeed(hostport.kubectl(['label', 'namespace', 'arcade', 'team=games']));
    expect((await numbersGiven(hostport, 'player', 'arcade')).slice(0, 1)).toEqual(numbers);
  });
});
