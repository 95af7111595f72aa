import { describe, expect, test } from '@jest/globals';
import type { PortAllocation } from '../../../src/api/index.ts';
import { takeCensus } from '../../../src/allocation/index.ts';
import { storedAllocation } from './resources.ts';

const GIVEN = {
  poolName: 'games',
  observedGeneration: 1,
  ports: [{ name: 'p', protocol: 'TCP' as const, port: 20_000 }],
};

function holder(metadata: Partial<PortAllocation['metadata']> = {}): PortAllocation {
  const stored = storedAllocation('a', { ports: [{ name: 'p' }] }, GIVEN);
  return { ...stored, metadata: { ...stored.metadata, ...metadata } };
}

const recordOf = { apiVersion: 'v1', kind: 'Pod', name: 'pod', uid: 'uid-pod' };
const record = { ...holder(), spec: { ...holder().spec, recordOf } };

const deletionTimestamp = '2026-01-01T00:00:00Z';

describe('what an allocation says it holds', () => {
  test.each([
    ['counts', holder(), 'running', true],
    ['counts for nothing while it is deleted', holder({ deletionTimestamp }), 'running', false],
    [
      'counts while it is deleted and pods still use it',
      holder({ deletionTimestamp, finalizers: ['hostport.io/in-use', 'hostport.io/release'] }),
      'running',
      true,
    ],
    ['counts for nothing while an edit is looked at', holder({ generation: 2 }), 'running', false],
    ['counts after an edit when nobody looks at it yet', holder({ generation: 2 }), 'atStart', true],
    ['counts for nothing in a record, of which others are the holders', record, 'running', false],
    ['counts for nothing in a record at the start, too', record, 'atStart', false],
  ] as const)('%s', async (_, object, moment, isBelieved) => {
    const { alive, beliefs } = await takeCensus([object], moment);
    expect([...alive]).toEqual(['uid-a']);
    expect([...beliefs.values()].flat().flatMap(({ ports }) => [...ports].map(({ number }) => number))).toEqual(
      isBelieved ? [20_000] : [],
    );
  });

  test('counts for nothing once the object is another than when it was counted', async () => {
    let isCurrent = true;
    const { beliefs } = await takeCensus([holder()], 'running', () => isCurrent);
    const said = () => [...beliefs.values()].flat().flatMap(({ ports }) => [...ports]);
    expect(said()).toHaveLength(1);
    isCurrent = false;
    expect(said()).toEqual([]);
  });

  test('is taken without keeping the event loop, however many there are', async () => {
    const many = Array.from({ length: 5_000 }, () => holder());
    let turns = 0;
    const ticker = setInterval(() => turns++, 1);
    await takeCensus(many, 'running');
    clearInterval(ticker);
    expect(turns).toBeGreaterThan(1);
  });
});
