import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { PortAllocation, PortAllocationManifest } from '../../../src/api/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { allocation, expectRefusal, numbersGiven } from './expectations.ts';

type Ports = PortAllocationManifest['spec']['ports'];

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 1 });
  await hostport.objects.createPool('small', { ranges: ['5000-5009'], cooldown: '0s' });
});
afterEach(async () => {
  await succeed(hostport.kubectl(['delete', 'pa', '--all', '--timeout=60s']));
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** `kubectl apply`, and what is given then. */
async function given(name: string, ports: Ports): Promise<Readonly<Record<string, number>>> {
  await hostport.apply(allocation(name, { poolName: 'small', ports }));
  const all = await hostport.objects.given(name);
  return Object.fromEntries(all.map((port) => [port.name, port.port]));
}

/** The numbers of each port, by the ledger. */
async function stored(name: string): Promise<readonly string[]> {
  const held = (await hostport.holders()).filter(({ holder }) => holder === `default/${name}`);
  return held.map(({ port, number }) => `${port}=${number}`).sort();
}

async function find(name: string): Promise<PortAllocation> {
  const found = await hostport.objects.findAllocation(name);
  if (found === undefined) throw new Error(`${name} is not there`);
  return found;
}

describe('an edit that can not be met', () => {
  const impossible: readonly (readonly [string, Ports, string, readonly string[]])[] = [
    ['a number of somebody else', [{ name: 'a' }, { name: 'b', port: 5009 }], 'PortHeld', ['default/other']],
    ['a number of another pool', [{ name: 'a', port: 20_000 }], 'PortOutsidePool', ['"default" has it']],
    ['more than there is', [{ name: 'a' }, { name: 'b', count: 9 }], 'PoolExhausted', ['no 9 consecutive free']],
    ['more than there can be', [{ name: 'a', count: 11 }], 'InvalidRequest', ['a count of at most 10']],
  ];

  test.each(impossible)(
    'to %s leaves the old ports, says why, and names the edit that it is about',
    async (_, ports, reason, says) => {
      await given('other', [{ name: 'x', port: 5009 }]);
      await given('mine', [{ name: 'a', protocol: 'UDP' }, { name: 'old' }]);
      const before = { status: (await find('mine')).status, stored: await stored('mine') };

      await hostport.apply(allocation('mine', { poolName: 'small', ports }));
      await expectRefusal(hostport, 'mine', { reason, says });
      const { metadata, status } = await find('mine');
      expect(metadata.generation).toBe(2);
      expect(status).toMatchObject({ observedGeneration: 2, conditions: [{ status: 'False', observedGeneration: 2 }] });
      expect({ ports: status?.ports, summary: status?.summary }).toEqual({
        ports: before.status?.ports,
        summary: before.status?.summary,
      });
      expect(await stored('mine')).toEqual(before.stored);
    },
  );

  test('is met when what stood in its way is gone', async () => {
    await given('other', [{ name: 'x', port: 5009 }]);
    const { a } = await given('mine', [{ name: 'a' }]);
    await hostport.apply(allocation('mine', { poolName: 'small', ports: [{ name: 'a' }, { name: 'b', port: 5009 }] }));
    await expectRefusal(hostport, 'mine', { reason: 'PortHeld', says: ['default/other'] });
    await hostport.objects.removeAllocation('other');
    expect(await numbersGiven(hostport, 'mine')).toEqual([a, 5009]);
  });

  test('can be taken back', async () => {
    const before = await given('mine', [{ name: 'a' }]);
    await hostport.apply(allocation('mine', { poolName: 'small', ports: [{ name: 'a', count: 11 }] }));
    await expectRefusal(hostport, 'mine', { reason: 'InvalidRequest', says: ['at most 10'] });
    expect(await given('mine', [{ name: 'a' }])).toEqual(before);
    expect((await find('mine')).status?.conditions).toMatchObject([
      { type: 'Allocated', status: 'True', reason: 'Allocated' },
    ]);
  });
});

describe('an edit keeps what it can', () => {
  test('the numbers of the ports that stay, while others come and go', async () => {
    const before = await given('mine', [{ name: 'a' }, { name: 'b' }]);
    const after = await given('mine', [{ name: 'c' }, { name: 'b' }]);
    expect(after['b']).toBe(before['b']);
    expect(await stored('mine')).toEqual([`b=${after['b']}`, `c=${after['c']}`]);
  });

  test('the number of a port of which protocol or address changes', async () => {
    const before = await given('mine', [{ name: 'a' }]);
    expect(await given('mine', [{ name: 'a', protocol: 'UDP' }])).toEqual(before);
    expect(await given('mine', [{ name: 'a', protocol: 'TCPUDP', hostIP: '10.0.0.5' }])).toEqual(before);
    expect((await find('mine')).status?.summary).toBe(`a=10.0.0.5:${before['a']}/TCPUDP`);
  });

  test('a block that shrinks gives the rest back, and grows again', async () => {
    const { rtp } = await given('mine', [{ name: 'rtp', count: 10 }]);
    expect(await given('mine', [{ name: 'rtp', count: 4 }])).toEqual({ rtp });
    expect(await stored('mine')).toHaveLength(4);
    await given('other', [{ name: 'x', count: 6 }]);
    await hostport.objects.removeAllocation('other');
    expect(await given('mine', [{ name: 'rtp', count: 10 }])).toEqual({ rtp });
  });

  test('two ports may swap their exact numbers in a full pool', async () => {
    await given('other', [{ name: 'x', port: 5002, count: 8 }]);
    await given('mine', [
      { name: 'a', port: 5000 },
      { name: 'b', port: 5001 },
    ]);
    expect(
      await given('mine', [
        { name: 'a', port: 5001 },
        { name: 'b', port: 5000 },
      ]),
    ).toEqual({ a: 5001, b: 5000 });
    expect(await stored('mine')).toEqual(['a=5001', 'b=5000']);
  });

  test('a number that an edit drops is usable by the edit itself', async () => {
    await given('mine', [{ name: 'all', count: 10 }]);
    const after = await given(
      'mine',
      Array.from({ length: 10 }, (_, at) => ({ name: `p${at}` })),
    );
    expect(new Set(Object.values(after)).size).toBe(10);
  });

  test('all numbers, and the finalizer that guards them, when the whole object is replaced', async () => {
    const before = await given('mine', [{ name: 'a' }]);
    const manifest = allocation('mine', { poolName: 'small', ports: [{ name: 'a' }, { name: 'b' }] });
    expect(await hostport.kubectl(['replace', '-f', '-'], manifest)).toMatchObject({ code: 0 });
    expect((await numbersGiven(hostport, 'mine'))[0]).toBe(before['a']);
    expect((await find('mine')).metadata.finalizers).toEqual(['hostport.io/release']);
  });
});
