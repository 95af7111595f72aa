import { describe, expect, jest, test } from '@jest/globals';
import { Desk } from '../desk.ts';
import { allocation, claim, pool, tcp, udp } from '../make.ts';

const one = pool('20000');
const me = allocation('a');

describe('a number that was released with a cooldown', () => {
  test('is kept from others until the cooldown ends by itself', () => {
    const desk = new Desk();
    desk.numbers(me, one, [tcp('p')]);
    desk.release(me, 30);
    expect(desk.refusal(allocation('b'), one, [tcp('p')]).reason).toBe('PoolExhausted');
    expect(desk.refusal(allocation('b'), one, [tcp('p', { number: 20000 })])).toMatchObject({
      reason: 'PortHeld',
      message: expect.stringContaining('is cooling down after its release by PortAllocation.hostport.io arena/a'),
    });
    desk.wait(29);
    expect(desk.refusal(allocation('b'), one, [tcp('p')]).reason).toBe('PoolExhausted');
    desk.wait(1);
    expect(desk.cells()).toEqual({});
    expect(desk.numbers(allocation('b'), one, [tcp('p')])).toEqual({ p: 20000 });
  });

  test('is free at once when there is none', () => {
    const desk = new Desk();
    desk.numbers(me, one, [tcp('p')]);
    desk.release(me, 0);
    expect(desk.cells()).toEqual({});
    expect(desk.numbers(allocation('b'), one, [tcp('p')])).toEqual({ p: 20000 });
  });

  test('is usable meanwhile on a protocol that it was not held on', () => {
    const desk = new Desk();
    desk.numbers(me, one, [tcp('p')]);
    desk.release(me, 30);
    expect(desk.numbers(allocation('b'), one, [udp('p')])).toEqual({ p: 20000 });
    desk.wait(30);
    expect(Object.values(desk.cells())).toEqual([expect.stringMatching(/^UDP held /)]);
  });

  test('does not end early for another that cools on the same number', () => {
    const desk = new Desk();
    desk.numbers(me, one, [tcp('p')]);
    desk.numbers(allocation('b'), one, [udp('p')]);
    desk.release(me, 10);
    desk.wait(5);
    desk.release(allocation('b'), 10);
    desk.wait(5);
    expect(Object.values(desk.cells())).toEqual([expect.stringMatching(/^UDP cooling /)]);
    desk.wait(5);
    expect(desk.cells()).toEqual({});
  });
});

describe('a reservation', () => {
  test('that is undone does not cool', () => {
    const desk = new Desk();
    desk.domain.write(20000, [claim(20000, { holder: me, state: 'reserved', time: desk.now + 45 })]);
    expect(desk.refusal(allocation('b'), one, [tcp('p')]).reason).toBe('PoolExhausted');
    desk.release(me, 30);
    expect(desk.cells()).toEqual({});
  });

  test('that is confirmed is held since then, not since the end of the reservation', () => {
    const desk = new Desk();
    desk.domain.write(20000, [claim(20000, { holder: me, port: 'p', state: 'reserved', time: desk.now + 45 })]);
    expect(desk.numbers(me, one, [tcp('p')])).toEqual({ p: 20000 });
    expect(desk.domain.claimsOn(20000)).toMatchObject([{ state: 'held', time: desk.now }]);
  });
});

describe('the next end of a cooldown', () => {
  test('is known while something cools', () => {
    const desk = new Desk();
    const three = pool('20000-20002');
    for (const name of ['a', 'b', 'c']) desk.numbers(allocation(name), three, [tcp('p')]);
    expect(desk.domain.nextExpiry).toBe(Infinity);
    desk.release(allocation('a'), 20);
    desk.release(allocation('b'), 10);
    expect(desk.domain.nextExpiry).toBe(desk.now + 10);
    desk.wait(10);
    expect(desk.domain.nextExpiry).toBe(desk.now + 10);
    desk.wait(10);
    expect(desk.domain.nextExpiry).toBe(Infinity);
  });

  test('is forgotten with the release that was taken back', () => {
    const desk = new Desk();
    desk.numbers(me, one, [tcp('p')]);
    desk.dryRun(() => desk.domain.write(20000, [claim(20000, { state: 'cooling', time: desk.now + 30 })]));
    expect(desk.domain.nextExpiry).toBe(Infinity);
  });

  test('costs no more writes than there are claims, also when many cool on one number', () => {
    const desk = new Desk();
    const holders = Array.from({ length: 12 }, (_, at) => allocation(`a${at}`));
    holders.forEach((by, at) => desk.numbers(by, one, [tcp('p', { address: `10.0.0.${at}` })]));
    for (const by of holders) {
      desk.release(by, 30);
      desk.wait(1);
    }
    const writes = jest.spyOn(desk.domain, 'write');
    for (let second = 0; second < 30; second++) desk.wait(1);
    expect(desk.cells()).toEqual({});
    expect(writes.mock.calls.length).toBeLessThanOrEqual(holders.length);
  });
});
