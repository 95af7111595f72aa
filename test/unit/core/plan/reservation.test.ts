import { describe, expect, test } from '@jest/globals';
import { claimsHeldBy, confirm, holder } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { pool, tcp, udp } from '../make.ts';

const games = pool('20000-20009');

function pod(uid: string, name = 'web-0'): ReturnType<typeof holder> {
  return holder({ group: '', kind: 'Pod', namespace: 'arena', name, uid });
}

const TOKEN = 'b5c1f2-77aa';

describe('a reservation', () => {
  test('keeps others away until it is confirmed or undone', () => {
    const desk = new Desk();
    const until = desk.now + 45;
    expect(desk.numbers(pod(TOKEN), games, [tcp('http')], { until })).toEqual({ http: 20000 });
    expect(desk.numbers(pod('x', 'other'), games, [tcp('http')])).toEqual({ http: 20001 });
    expect(desk.domain.claimsOn(20000)).toMatchObject([{ state: 'reserved', time: until }]);
    desk.wait(100);
    expect(desk.domain.claimsOn(20000)).toHaveLength(1);
  });

  test('asked for again is the same, and lives longer', () => {
    const desk = new Desk();
    const first = desk.numbers(pod(TOKEN), games, [tcp('http'), udp('dns')], { until: desk.now + 45 });
    desk.wait(10);
    const again = desk.numbers(pod(TOKEN), games, [tcp('http'), udp('dns')], { until: desk.now + 45 });
    expect(again).toEqual(first);
    expect(desk.domain.claimsOn(20000)).toMatchObject([{ state: 'reserved', time: desk.now + 45 }]);
  });

  test('is confirmed for the pod that was seen, and for it alone', () => {
    const desk = new Desk();
    desk.numbers(pod(TOKEN), games, [tcp('http'), tcp('admin')], { until: desk.now + 45 });
    desk.numbers(pod('other-token'), games, [tcp('http')], { until: desk.now + 45 });
    expect(desk.write(() => confirm(desk.domain, TOKEN, pod('uid-1'), desk.now))).toBe(2);
    expect(claimsHeldBy(desk.domain, pod('uid-1'))).toMatchObject([
      { number: 20000, state: 'held', time: desk.now },
      { number: 20001, state: 'held', time: desk.now },
    ]);
    expect(claimsHeldBy(desk.domain, pod('other-token'))).toMatchObject([{ number: 20002, state: 'reserved' }]);
    expect(desk.write(() => confirm(desk.domain, TOKEN, pod('uid-1'), desk.now))).toBe(0);
  });

  test('that is undone does not cool, and what was confirmed does', () => {
    const desk = new Desk();
    desk.numbers(pod(TOKEN), games, [tcp('http')], { until: desk.now + 45 });
    desk.release(pod(TOKEN), 30);
    expect(desk.cells()).toEqual({});
    desk.numbers(pod(TOKEN), games, [tcp('http')], { until: desk.now + 45 });
    desk.write(() => confirm(desk.domain, TOKEN, pod('uid-1'), desk.now));
    desk.release(pod('uid-1'), 30);
    expect(desk.domain.claimsOn(20000)).toMatchObject([{ state: 'cooling' }]);
  });

  test('of the same name gets the number of the pod before it that is gone', () => {
    const desk = new Desk();
    desk.numbers(pod('uid-1'), games, [tcp('http')], { start: 20005 });
    const gone = new Set(['uid-1']);
    expect(desk.numbers(pod(TOKEN), games, [tcp('http')], { until: desk.now + 45, gone })).toEqual({ http: 20005 });
    expect(desk.domain.claimsOn(20005)).toMatchObject([{ state: 'reserved', holder: { uid: TOKEN } }]);
  });
});
