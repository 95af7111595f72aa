import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PortPoolManifest } from '../../../src/api/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import {
  allocation,
  expectRefusal,
  numbersGiven,
  poolCondition,
  poolIsWithout,
  poolShows,
  secondAfter,
} from './expectations.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 1 });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const game = [{ name: 'game' }];
const isDefault = { 'hostport.io/is-default-pool': 'true' };

/** `kubectl apply` of a pool. Ages are in whole seconds, so that none is made in the same second as the one before. */
async function applyPool(name: string, spec: PortPoolManifest['spec'], annotations = {}): Promise<void> {
  await hostport.apply({ apiVersion: 'hostport.io/v1alpha1', kind: 'PortPool', metadata: { name, annotations }, spec });
  const { metadata } = (await hostport.objects.findPool(name)) ?? {};
  await secondAfter(hostport, metadata?.creationTimestamp ?? '');
}

describe('numbers that the kernel or the API server may take at any time', () => {
  test('are left out of a pool that reaches into the ephemeral range, which says so', async () => {
    await applyPool('into-ephemeral', { ranges: ['32766-32775'], allowNodePortOverlap: true });
    const { message } = await poolCondition(hostport, 'into-ephemeral', { type: 'EphemeralOverlap' });
    expect(message).toContain('32768-32775 are left out');
    expect(message).toContain('set spec.allowEphemeralOverlap: true');
    await poolShows(hostport, 'into-ephemeral', { capacity: 2, free: 2 });
    await hostport.apply(
      allocation('ephemeral', { poolName: 'into-ephemeral', ports: [{ name: 'game', port: 32_768 }] }),
    );
    const says = ['port 32768 is not in pool "into-ephemeral" (32766-32767)'];
    await expectRefusal(hostport, 'ephemeral', { reason: 'PortOutsidePool', says });
  });

  test('are handed out when the pool allows it', async () => {
    await hostport.objects.editPool('into-ephemeral', { allowEphemeralOverlap: true });
    await poolShows(hostport, 'into-ephemeral', { capacity: 10 });
    await poolIsWithout(hostport, 'into-ephemeral', 'EphemeralOverlap');
    expect(await numbersGiven(hostport, 'ephemeral')).toEqual([32_768]);
  });

  test('are left out of a pool that reaches into the node ports, which says so', async () => {
    await applyPool('into-node-ports', { ranges: ['29998-30009'] });
    const { message } = await poolCondition(hostport, 'into-node-ports', { type: 'NodePortOverlap' });
    expect(message).toContain('30000-30009 are left out');
    expect(message).toContain('set spec.allowNodePortOverlap: true');
    await poolShows(hostport, 'into-node-ports', { capacity: 2, free: 2 });
  });

  const nothingLeft: readonly (readonly [string, PortPoolManifest['spec'], string, string])[] = [
    ['all-ephemeral', { ranges: ['40000-40009'] }, 'EphemeralOverlap', 'set spec.allowEphemeralOverlap: true'],
    ['all-node-ports', { ranges: ['31000-31009'] }, 'NodePortOverlap', 'set spec.allowNodePortOverlap: true'],
    ['all-excluded', { ranges: ['5000-5009'], exclude: ['5000-5009'] }, 'NoNumbers', 'spec.exclude leaves nothing'],
  ];

  test.each(nothingLeft)('leave nothing of the pool %s, which is not ready', async (name, spec, reason, advice) => {
    await applyPool(name, spec);
    const ready = await poolCondition(hostport, name, { type: 'Ready', status: 'False' });
    expect(ready.reason).toBe(reason);
    expect(ready.message).toContain(advice);
    await poolShows(hostport, name, { capacity: 0, free: 0 });
    expect((await hostport.kubectl(['get', 'pp', name])).stdout).toMatch(/False/);
    await hostport.apply(allocation(`of-${name}`, { poolName: name, ports: game }));
    await expectRefusal(hostport, `of-${name}`, {
      reason: 'PoolNotReady',
      says: [`pool "${name}" hands nothing out`, advice],
    });
  });

  test('and a pool that is ready at last serves who waited', async () => {
    await hostport.objects.editPool('all-excluded', { exclude: ['5000-5008'] });
    await poolCondition(hostport, 'all-excluded', { type: 'Ready' });
    expect(await numbersGiven(hostport, 'of-all-excluded')).toEqual([5009]);
  });
});

test('a pool that shares numbers with one of the other scope hands nothing out if it is the younger', async () => {
  await applyPool('elder', { ranges: ['5100-5109'], scope: 'Node' });
  await applyPool('younger', { ranges: ['5105-5119'] });
  const ready = await poolCondition(hostport, 'younger', { type: 'Ready', status: 'False' });
  expect(ready.reason).toBe('ScopeOverlap');
  expect(ready.message).toContain('older pool "elder" of scope Node');
  await poolCondition(hostport, 'elder', { type: 'Ready' });
  for (const name of ['elder', 'younger']) await poolCondition(hostport, name, { type: 'ScopeOverlap' });
  await hostport.apply(allocation('of-elder', { poolName: 'elder', nodeName: 'node-1', ports: game }));
  expect(await numbersGiven(hostport, 'of-elder')).toHaveLength(1);
  await hostport.apply(allocation('of-younger', { poolName: 'younger', ports: game }));
  await expectRefusal(hostport, 'of-younger', { reason: 'PoolNotReady', says: ['give it other ranges'] });

  await hostport.objects.editPool('younger', { ranges: ['5110-5119'] });
  await poolCondition(hostport, 'younger', { type: 'Ready' });
  for (const name of ['elder', 'younger']) await poolIsWithout(hostport, name, 'ScopeOverlap');
  expect(await numbersGiven(hostport, 'of-younger')).toHaveLength(1);
});

test('pools of one scope may overlap, and give no number twice', async () => {
  await applyPool('left', { ranges: ['5200-5203'], strategy: 'Sequential' });
  await applyPool('right', { ranges: ['5200-5203'], strategy: 'Sequential' });
  for (const [at, poolName] of ['left', 'right', 'left', 'right'].entries()) {
    await hostport.apply(allocation(`both-${at}`, { poolName, ports: game }));
    expect(await numbersGiven(hostport, `both-${at}`)).toEqual([5200 + at]);
  }
  await hostport.apply(allocation('both-4', { poolName: 'right', ports: game }));
  await expectRefusal(hostport, 'both-4', { reason: 'PoolExhausted', says: ['pool "right"'] });
});

test('of two default pools the older counts, and both say so', async () => {
  await applyPool('second', { ranges: ['5300-5309'] }, isDefault);
  for (const name of ['default', 'second']) {
    const { message } = await poolCondition(hostport, name, { type: 'DefaultConflict' });
    expect(message).toContain('take the annotation hostport.io/is-default-pool from all but one');
  }
  await hostport.apply(allocation('of-first', { ports: game }));
  await numbersGiven(hostport, 'of-first');
  expect((await hostport.objects.findAllocation('of-first'))?.status?.poolName).toBe('default');

  await succeed(hostport.kubectl(['annotate', 'pp', 'default', 'hostport.io/is-default-pool-']));
  for (const name of ['default', 'second']) await poolIsWithout(hostport, name, 'DefaultConflict');
  await hostport.apply(allocation('of-second', { ports: game }));
  await numbersGiven(hostport, 'of-second');
  expect((await hostport.objects.findAllocation('of-second'))?.status?.poolName).toBe('second');
});

test('without any default pool, who names none is told which there are', async () => {
  await succeed(hostport.kubectl(['annotate', 'pp', 'second', 'hostport.io/is-default-pool-']));
  await hostport.apply(allocation('of-none', { ports: game }));
  const says = ['name one of', '"default"', 'annotate a PortPool with hostport.io/is-default-pool: "true"'];
  await expectRefusal(hostport, 'of-none', { reason: 'PoolNotFound', says });
  await succeed(hostport.kubectl(['annotate', 'pp', 'default', 'hostport.io/is-default-pool=true']));
  expect(await numbersGiven(hostport, 'of-none')).toHaveLength(1);
});
