import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StrategyName } from '../../../src/api/index.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { SOON_MS, expectRefusal, numbersGiven, poolShows } from './expectations.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport();
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const strategies: readonly StrategyName[] = ['Sequential', 'Stride', 'Random'];
const sizes = [1, 2, 10];
const cases = strategies.flatMap((strategy, at) =>
  sizes.map((size) => ({ strategy, size, first: 5_000 + 100 * at + 10 * size })),
);

describe('a pool is filled to its last number, and refuses by name after it', () => {
  test.each(cases)('$strategy, $size numbers', async ({ strategy, size, first }) => {
    const pool = `${strategy.toLowerCase()}-${size}`;
    const spec = { poolName: pool, ports: [{ name: 'game' }] };
    await hostport.objects.createPool(pool, { ranges: [`${first}-${first + size - 1}`], strategy });
    const names = Array.from({ length: size }, (_, at) => `${pool}-${at}`);
    await Promise.all(names.map((name) => hostport.objects.createAllocation(name, spec)));
    const given = await Promise.all(names.map((name) => numbersGiven(hostport, name)));
    expect(given.flat().sort((left, right) => left - right)).toEqual(names.map((_, at) => first + at));
    await poolShows(hostport, pool, { capacity: size, allocated: size, free: 0 });

    await hostport.objects.createAllocation(`${pool}-late`, spec);
    await expectRefusal(hostport, `${pool}-late`, {
      reason: 'PoolExhausted',
      says: [
        `pool "${pool}" has no free TCP number for port "game"`,
        'release some, widen spec.ranges, or name another pool',
      ],
    });
    const { stdout } = await hostport.kubectl(['get', 'portallocation', `${pool}-late`]);
    expect(stdout).toMatch(/False +PoolExhausted/);
  });
});

test('a number that is full on one protocol has room on another, but not for both', async () => {
  await hostport.objects.createPool('two-in-one', { ranges: ['5999'] });
  const spec = (protocol: 'TCP' | 'UDP' | 'TCPUDP') => ({ poolName: 'two-in-one', ports: [{ name: 'p', protocol }] });
  for (const protocol of ['TCP', 'UDP'] as const) {
    await hostport.objects.createAllocation(`only-${protocol.toLowerCase()}`, spec(protocol));
    expect(await numbersGiven(hostport, `only-${protocol.toLowerCase()}`)).toEqual([5999]);
  }
  await hostport.objects.createAllocation('on-both', spec('TCPUDP'));
  await expectRefusal(hostport, 'on-both', { reason: 'PoolExhausted', says: ['no free TCPUDP number'] });
});

test('kubectl waits for an allocation as for anything else', async () => {
  await hostport.objects.createAllocation('waited-for', [{ name: 'game' }]);
  const args = ['wait', '--for=condition=Allocated', `--timeout=${SOON_MS / 1000}s`, 'pa/waited-for'];
  expect(await hostport.kubectl(args)).toMatchObject({ code: 0 });
});
