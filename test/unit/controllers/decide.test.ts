import { describe, expect, test } from '@jest/globals';
import { decide } from '../../../src/controllers/port-allocation/index.ts';
import type { Situation } from '../../../src/controllers/port-allocation/index.ts';
import { err, ok } from '../../../src/base/result.ts';
import { ANY_ADDRESS, TCP, UDP, refuse } from '../../../src/core/index.ts';
import { storedAllocation } from '../allocation/resources.ts';

const asked = { ports: [{ name: 'game', protocol: 'UDP' as const }] };
const given = ok({
  poolName: 'default',
  ports: [{ name: 'game', protocols: UDP, address: ANY_ADDRESS, number: 20040, count: 1 }],
});
const refused = err(refuse.exhausted({ pool: 'default', port: 'game', protocols: 'UDP', count: 1, free: 0 }));

function situation(more: Partial<Situation>): Situation {
  return {
    object: storedAllocation('a', asked),
    answer: given,
    dispute: undefined,
    now: '2026-01-02T00:00:00Z',
    ...more,
  };
}

describe('the status of an allocation', () => {
  test('shows what was given, and one Event tells it', () => {
    const { status, changed, notes } = decide(situation({}));
    expect(changed).toBe(true);
    expect(status).toMatchObject({
      poolName: 'default',
      ports: [{ name: 'game', protocol: 'UDP', port: 20040 }],
      summary: 'game=20040/UDP',
      holder: { kind: 'PortAllocation', namespace: 'games', name: 'a', uid: 'uid-a' },
      allocated: 'True',
      reason: 'Allocated',
      observedGeneration: 1,
      conditions: [{ type: 'Allocated', status: 'True', reason: 'Allocated' }],
    });
    expect(notes).toEqual([{ type: 'Normal', reason: 'Allocated', message: 'from pool "default": game=20040/UDP' }]);
  });

  test('is not written again when nothing changed', () => {
    const object = storedAllocation('a', asked, decide(situation({})).status);
    expect(decide(situation({ object, now: '2027-01-01T00:00:00Z' }))).toMatchObject({ changed: false, notes: [] });
  });

  test('of an earlier version is written again, so that its columns are filled, and that is told to nobody', () => {
    const { allocated: _, reason: __, ...before } = decide(situation({})).status;
    const object = storedAllocation('a', asked, before);
    expect(decide(situation({ object }))).toMatchObject({
      status: { ...before, allocated: 'True', reason: 'Allocated' },
      changed: true,
      notes: [],
    });
  });

  test('keeps the old numbers when an edit is refused, and says why once', () => {
    const object = storedAllocation('a', asked, decide(situation({})).status);
    const first = decide(situation({ object, answer: refused }));
    expect(first.status).toMatchObject({
      ports: [{ port: 20040 }],
      allocated: 'False',
      reason: 'PoolExhausted',
      conditions: [{ status: 'False', reason: 'PoolExhausted' }],
    });
    expect(first.notes).toMatchObject([{ type: 'Warning', reason: 'PoolExhausted' }]);
    const again = storedAllocation('a', asked, first.status);
    expect(decide(situation({ object: again, answer: refused })).notes).toEqual([]);
  });

  test('shows the last number of a block, and the address of a port that has one', () => {
    const ports = [{ name: 'rtp', protocols: TCP, address: '10.0.0.5', number: 20040, count: 8 }];
    const { status } = decide(situation({ answer: ok({ poolName: 'default', ports }) }));
    expect(status.ports).toEqual([{ name: 'rtp', protocol: 'TCP', port: 20040, endPort: 20047, hostIP: '10.0.0.5' }]);
    expect(status.summary).toBe('rtp=10.0.0.5:20040-20047/TCP');
  });

  test('says Disputed while somebody else has a number, and drops it afterwards', () => {
    const disputed = decide(situation({ dispute: 'somebody else has 20040' }));
    expect(disputed.status.conditions).toContainEqual(expect.objectContaining({ type: 'Disputed', status: 'True' }));
    expect(disputed.notes).toContainEqual({ type: 'Warning', reason: 'Disputed', message: 'somebody else has 20040' });
    const object = storedAllocation('a', asked, disputed.status);
    expect(decide(situation({ object })).status.conditions).toMatchObject([{ type: 'Allocated' }]);
  });
});
