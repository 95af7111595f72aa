import { describe, expect, test } from '@jest/globals';
import { Domain, SCTP, TCP, UDP } from '../../../src/core/index.ts';
import type { FreeSpace } from '../../../src/core/index.ts';
import { claim, pool, seen } from './make.ts';

const games = pool('20000-20003 20100');
const onTcp = { protocols: TCP, address: '' };

function numbers(space: FreeSpace, of = space.untouched): number[] {
  return [20000, 20001, 20002, 20003, 20100].filter((number) => of.has(number - space.origin));
}

describe('the free space of a pool', () => {
  test('has the numbers of the pool and no others', () => {
    const space = new Domain().space(games);
    expect(
      [19999, 20000, 20003, 20004, 20099, 20100, 20101, 1, 65535].filter((number) => space.includes(number)),
    ).toEqual([20000, 20003, 20100]);
    expect(space.untouched.size).toBe(5);
    expect(space.fitting(onTcp).size).toBe(5);
  });

  test('begins at a multiple of 64, so that its groups are blocks of the ledger', () => {
    expect(new Domain().space(games).origin).toBe(19968);
    expect(new Domain().space(pool('1-5')).origin).toBe(0);
    expect(new Domain().space(pool('64-70')).origin).toBe(64);
  });

  test('of an empty pool is empty', () => {
    const space = new Domain().space(pool(''));
    expect([space.includes(0), space.includes(1), space.untouched.size, space.fitting(onTcp).size]).toEqual([
      false,
      false,
      0,
      0,
    ]);
  });

  test('counts what was claimed before it was looked at, and what came and went since', () => {
    const domain = new Domain();
    domain.write(20001, [claim(20001)]);
    const space = domain.space(games);
    expect(numbers(space)).toEqual([20000, 20002, 20003, 20100]);
    domain.write(20100, [claim(20100, { protocols: UDP })]);
    domain.write(20001, []);
    domain.write(30000, [claim(30000)]);
    expect(numbers(space)).toEqual([20000, 20001, 20002, 20003]);
  });

  test('fits by protocol and address, whether asked before or after', () => {
    const domain = new Domain();
    const space = domain.space(games);
    const early = space.fitting(onTcp);
    domain.write(20000, [claim(20000, { protocols: TCP, address: '10.0.0.1' })]);
    domain.write(20001, [claim(20001, { protocols: UDP })]);
    domain.observe(20002, [seen(20002, { protocols: TCP | SCTP })]);
    expect(numbers(space, early)).toEqual([20001, 20003, 20100]);
    expect(numbers(space, space.fitting({ protocols: UDP, address: '' }))).toEqual([20000, 20002, 20003, 20100]);
    expect(numbers(space, space.fitting({ protocols: TCP, address: '10.0.0.2' }))).toEqual([
      20000, 20001, 20003, 20100,
    ]);
    expect(numbers(space)).toEqual([20003, 20100]);
  });

  test('fits a single address, however many numbers are claimed there, and by each protocol alone', () => {
    const many = pool('20000-20999');
    const domain = new Domain();
    const space = domain.space(many);
    const free = (protocols: number, address: string): number => space.fitting({ protocols, address }).size;
    const each = (change: (number: number) => void): void => {
      for (let number = 20000; number < 20900; number++) change(number);
    };
    expect(free(TCP, '10.0.0.1')).toBe(1000);
    each((number) => domain.write(number, [claim(number, { protocols: TCP | UDP, address: '10.0.0.1' })]));
    const counts = [free(TCP, '10.0.0.1'), free(TCP | UDP, '10.0.0.1'), free(SCTP, '10.0.0.1'), free(TCP, '10.0.0.2')];
    expect(counts).toEqual([100, 100, 1000, 1000]);
    each((number) => domain.write(number, number < 20300 ? [] : [claim(number, { address: '10.0.0.1' })]));
    expect([free(TCP, '10.0.0.1'), free(UDP, '10.0.0.1')]).toEqual([400, 1000]);
    each((number) => domain.write(number, []));
    expect(free(TCP, '10.0.0.1')).toBe(1000);
  });

  test('stays right for many addresses', () => {
    const domain = new Domain();
    const space = domain.space(games);
    const looks = Array.from({ length: 20 }, (_, at) => ({ protocols: TCP, address: `10.0.0.${at}` }));
    for (const look of looks) expect(space.fitting(look).size).toBe(5);
    domain.write(20000, [claim(20000, { address: '10.0.0.3' })]);
    domain.write(20001, [claim(20001, { address: '0.0.0.0' })]);
    looks.forEach((look, at) => {
      const expected = at === 3 ? [20002, 20003, 20100] : [20000, 20002, 20003, 20100];
      expect(numbers(space, space.fitting(look))).toEqual(expected);
    });
  });
});
