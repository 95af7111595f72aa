import { describe, expect, test } from '@jest/globals';
import { understandPools } from '../../../src/allocation/pool-rules.ts';
import type { KnownPool } from '../../../src/allocation/index.ts';
import type { PortPool, PortPoolManifest } from '../../../src/api/index.ts';
import { storedPool } from './resources.ts';

function understand(...pools: PortPool[]): Record<string, KnownPool> {
  return Object.fromEntries(understandPools(pools).map((pool) => [pool.name, pool]));
}

describe('the numbers of a pool', () => {
  test.each<[string, PortPoolManifest['spec'], string]>([
    [
      'are its ranges, in order and merged',
      { ranges: ['20010-20019', '20000-20010', '20030'] },
      '20000-20019,20030-20030',
    ],
    [
      'lack what is excluded',
      { ranges: ['20000-20009'], exclude: ['20003-20004', '20009'] },
      '20000-20002,20005-20008',
    ],
    ['lack node ports', { ranges: ['29990-30010'] }, '29990-29999'],
    ['keep node ports that it asks for', { ranges: ['29990-30010'], allowNodePortOverlap: true }, '29990-30010'],
    ['lack ephemeral numbers', { ranges: ['60990-61010'] }, '61000-61010'],
    [
      'keep ephemeral numbers that it asks for',
      { ranges: ['60990-61010'], allowEphemeralOverlap: true },
      '60990-61010',
    ],
  ])('%s', (_, spec, expected) => {
    const usable = understand(storedPool('p', spec))['p']?.pool.usable ?? [];
    expect(usable.map(({ first, last }) => `${first}-${last}`).join()).toBe(expected);
  });

  test('that are left out are listed under the condition that says why', () => {
    const pool = understand(storedPool('p', { ranges: ['29990-33000'] }))['p'];
    expect(pool?.leftOut).toEqual({
      NodePortOverlap: [{ first: 30000, last: 32767 }],
      EphemeralOverlap: [{ first: 32768, last: 33000 }],
    });
  });
});

describe('the room of a pool is shown on nodes', () => {
  test.each<[string, PortPoolManifest['spec'], boolean]>([
    ['where numbers are held on nodes', { ranges: ['20000'], scope: 'Node' }, true],
    ['unless it says otherwise', { ranges: ['20000'], scope: 'Node', advertise: false }, false],
    ['not where they are held in the cluster', { ranges: ['20000'] }, false],
  ])('%s', (_, spec, expected) => {
    expect(understand(storedPool('p', spec))['p']?.advertises).toBe(expected);
  });
});

describe('a pool hands nothing out', () => {
  test.each<[string, PortPool, string, RegExp]>([
    [
      'when all of it is ephemeral',
      storedPool('p', { ranges: ['40000-40010'] }),
      'EphemeralOverlap',
      /allowEphemeralOverlap/,
    ],
    [
      'when all of it is node ports',
      storedPool('p', { ranges: ['31000-31010'] }),
      'NodePortOverlap',
      /allowNodePortOverlap/,
    ],
    [
      'when all of it is excluded',
      storedPool('p', { ranges: ['20000-20009'], exclude: ['20000-20100'] }),
      'NoNumbers',
      /exclude/,
    ],
    [
      'while it is being deleted',
      storedPool('p', { ranges: ['20000'] }, { deleting: true }),
      'Terminating',
      /another pool/,
    ],
  ])('%s', (_, pool, reason, words) => {
    expect(understand(pool)['p']?.fault).toEqual({ reason, message: expect.stringMatching(words) });
  });

  test('when an older one of the other scope has some of its numbers, which goes on', () => {
    const { old, young } = understand(
      storedPool('young', { ranges: ['20005-20015'], scope: 'Node' }, { age: 1 }),
      storedPool('old', { ranges: ['20000-20009'] }, { age: 2 }),
    );
    expect(young?.fault).toMatchObject({ reason: 'ScopeOverlap', message: expect.stringContaining('"old"') });
    expect(old?.fault).toBeUndefined();
    expect([old?.scopeRivals, young?.scopeRivals]).toEqual([['young'], ['old']]);
  });

  test('not when an older one of its own scope overlaps', () => {
    const pools = understand(
      storedPool('a', { ranges: ['20000-20009'] }, { age: 1 }),
      storedPool('b', { ranges: ['20005-20015'] }),
    );
    expect([pools['a']?.fault, pools['b']?.fault]).toEqual([undefined, undefined]);
  });
});

test('of two default pools the older one counts, and both know of the other', () => {
  const { a, b, c } = understand(
    storedPool('a', { ranges: ['20000'] }, { age: 1, isDefault: true }),
    storedPool('b', { ranges: ['20001'] }, { age: 2, isDefault: true }),
    storedPool('c', { ranges: ['20002'] }, { age: 3 }),
  );
  expect([a?.isDefault, b?.isDefault, c?.isDefault]).toEqual([false, true, false]);
  expect([a?.defaultRivals, b?.defaultRivals, c?.defaultRivals]).toEqual([['b'], ['a'], []]);
});
