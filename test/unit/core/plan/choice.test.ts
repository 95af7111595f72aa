import { describe, expect, test } from '@jest/globals';
import { strategyNames } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, sctp, seen, tcp, tcpudp, udp } from '../make.ts';

const each = strategyNames;

describe.each(each)('with %s a chosen number', (strategy) => {
  test('is one that nobody holds on any protocol, while there is one', () => {
    const desk = new Desk();
    const games = pool('20000-20003', { strategy });
    const wishes = [tcp('p'), udp('p'), sctp('p'), tcp('p', { address: '10.0.0.1' })];
    const numbers = wishes.map((wish, at) => desk.numbers(allocation(`a${at}`), games, [wish])['p'] ?? 0);
    expect(numbers.toSorted((left, right) => left - right)).toEqual([20000, 20001, 20002, 20003]);
  });

  test('is then one that is free for its protocol and address', () => {
    const desk = new Desk();
    const games = pool('20000-20001', { strategy });
    desk.numbers(allocation('a'), games, [tcp('p', { number: 20000 }), udp('q', { number: 20001 })]);
    expect(desk.numbers(allocation('b'), games, [udp('p')])).toEqual({ p: 20000 });
    expect(desk.numbers(allocation('c'), games, [tcp('p')])).toEqual({ p: 20001 });
    expect(desk.refusal(allocation('d'), games, [tcp('p')]).reason).toBe('PoolExhausted');
    expect(desk.refusal(allocation('d'), games, [udp('p')]).reason).toBe('PoolExhausted');
    expect(desk.numbers(allocation('d'), games, [sctp('p'), sctp('q')])).toMatchObject({ p: expect.any(Number) });
  });

  test('shares with other addresses of its family only', () => {
    const desk = new Desk();
    const games = pool('20000', { strategy });
    const taken = ['10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00::2'].map((address) => tcp('p', { address }));
    taken.forEach((wish, at) => expect(desk.numbers(allocation(`a${at}`), games, [wish])).toEqual({ p: 20000 }));
    for (const address of ['', '0.0.0.0', '::', '10.0.0.1']) {
      expect(desk.refusal(allocation('late'), games, [tcp('p', { address })]).reason).toBe('PoolExhausted');
    }
  });

  test('differs from the other numbers of its holder, whatever their protocols', () => {
    const games = pool('20000-20002', { strategy });
    const numbers = new Desk().numbers(allocation('a'), games, [tcp('x'), udp('y'), sctp('z')]);
    expect(new Set(Object.values(numbers)).size).toBe(3);
    const [x, y] = [tcp('x'), udp('y')];
    expect(new Desk().refusal(allocation('a'), pool('20000', { strategy }), [x, y]).reason).toBe('PoolExhausted');
  });

  test('differs from exact numbers of its holder', () => {
    const games = pool('20000-20001', { strategy });
    const numbers = new Desk().numbers(allocation('a'), games, [tcp('x', { number: 20001 }), udp('y')]);
    expect(numbers).toEqual({ x: 20001, y: 20000 });
  });

  test('is none on which a stranger was seen', () => {
    const desk = new Desk();
    const games = pool('20000-20002', { strategy });
    for (const number of [20000, 20002]) desk.domain.observe(number, [seen(number)]);
    expect(desk.numbers(allocation('a'), games, [tcp('x')])).toEqual({ x: 20001 });
    expect(desk.refusal(allocation('b'), games, [tcp('x')]).reason).toBe('PoolExhausted');
    desk.domain.observe(20000, []);
    expect(desk.numbers(allocation('b'), games, [tcp('x')])).toEqual({ x: 20000 });
  });
});

describe('TCPUDP', () => {
  test('is one number on both protocols', () => {
    const desk = new Desk();
    const games = pool('20000-20001');
    expect(desk.numbers(allocation('a'), games, [tcpudp('game')])).toEqual({ game: 20000 });
    const exactly = { number: 20000 };
    expect(desk.refusal(allocation('b'), games, [tcp('p', exactly)]).reason).toBe('PortHeld');
    expect(desk.refusal(allocation('b'), games, [udp('p', exactly)]).reason).toBe('PortHeld');
    expect(desk.numbers(allocation('b'), games, [sctp('p', exactly)])).toEqual({ p: 20000 });
  });

  test('is refused where each number lacks one of them', () => {
    const desk = new Desk();
    const games = pool('20000-20001');
    desk.numbers(allocation('a'), games, [tcp('p', { number: 20000 }), udp('q', { number: 20001 })]);
    expect(desk.refusal(allocation('b'), games, [tcpudp('game')])).toMatchObject({
      reason: 'PoolExhausted',
      message: expect.stringContaining('has no free TCPUDP number for port "game"'),
    });
  });
});

describe('a strategy', () => {
  test('of the request comes before that of the pool', () => {
    const games = pool('20000-29999', { strategy: 'Stride' });
    const numbers = new Desk().numbers(allocation('a'), games, [tcp('p')], { strategy: 'Sequential' });
    expect(numbers).toEqual({ p: 20000 });
  });
});

describe('a refusal for want of numbers', () => {
  test('counts only numbers that would have served', () => {
    const { message } = new Desk().refusal(allocation('a'), pool('20000'), [tcp('x'), udp('y')]);
    expect(message).toContain('(0 numbers are free)');
  });

  test('of a pool without usable numbers asks for no count below one', () => {
    const { message } = new Desk().refusal(allocation('a'), pool(''), [tcp('x')]);
    expect(message).not.toContain('at most 0');
  });
});
