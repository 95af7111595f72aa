import { describe, expect, test } from '@jest/globals';
import { parsePortAllocation, parsePortPool } from '../../../src/api/index.ts';
import { refusedAllocations, refusedPools, takenAllocations, takenPools } from './cases.ts';
import { stored } from './objects.ts';
import type { Faults } from '../../../src/api/index.ts';
import type { Result } from '../../../src/base/result.ts';
import type { Refused } from './cases.ts';

function expectRefusal(result: Result<unknown, Faults>, { path, message }: Refused): void {
  expect(result.ok).toBe(false);
  if (result.ok) return;
  if (message === undefined) expect(result.error.some((fault) => fault.startsWith(path))).toBe(true);
  else expect(result.error).toEqual([`${path}: ${message}`]);
}

describe('a pool', () => {
  test.each(refusedPools)('is refused with $title', (refused) => {
    expectRefusal(parsePortPool(stored('PortPool', refused.spec)), refused);
  });

  test.each(takenPools)('is taken with %s', (_, spec) => {
    expect(parsePortPool(stored('PortPool', spec))).toMatchObject({ ok: true, value: { spec } });
  });

  test('has its defaults filled in, and nothing else', () => {
    expect(parsePortPool(stored('PortPool', { ranges: ['20000-29999'], unknown: 1 }))).toMatchObject({
      ok: true,
      value: {
        spec: {
          ranges: ['20000-29999'],
          scope: 'Cluster',
          strategy: 'Stride',
          cooldown: '30s',
          allowEphemeralOverlap: false,
          allowNodePortOverlap: false,
        },
      },
    });
  });

  test('has a name of at most 63 characters', () => {
    const object = stored('PortPool', { ranges: ['1'] });
    const metadata = { ...(object['metadata'] as object), name: 'a'.repeat(64) };
    expect(parsePortPool({ ...object, metadata })).toEqual({
      ok: false,
      error: ['the name of a pool has at most 63 characters: choose a shorter one'],
    });
  });
});

describe('an allocation', () => {
  test.each(refusedAllocations)('is refused with $title', (refused) => {
    expectRefusal(parsePortAllocation(stored('PortAllocation', refused.spec)), refused);
  });

  test.each(takenAllocations)('is taken with %s', (_, spec) => {
    expect(parsePortAllocation(stored('PortAllocation', spec))).toMatchObject({ ok: true, value: { spec } });
  });

  test('has its defaults filled in, and nothing else', () => {
    const parsed = parsePortAllocation(stored('PortAllocation', { ports: [{ name: 'game', nodePort: 1 }] }));
    expect(parsed).toMatchObject({ ok: true, value: { metadata: { namespace: 'games' } } });
    expect(parsed.ok && parsed.value.spec).toEqual({ ports: [{ name: 'game', protocol: 'TCP', count: 1 }] });
    expect(parsed.ok && 'managedFields' in parsed.value.metadata).toBe(false);
  });

  test('of another kind is refused', () => {
    expect(parsePortAllocation(stored('PortPool', { ranges: ['1'] })).ok).toBe(false);
    expect(parsePortAllocation(undefined).ok).toBe(false);
  });
});
