import { describe, expect, test } from '@jest/globals';
import { MOST_CLAIMS } from '../../../../src/core/index.ts';
import type { PortRequest } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp, udp } from '../make.ts';

const games = pool('20000-20001');

/** Ports on so many addresses of number 20000. */
function onAddresses(count: number): PortRequest[] {
  return Array.from({ length: count }, (_, at) => tcp(`p${at}`, { number: 20000, address: `10.0.0.${at + 1}` }));
}

describe('one number on many addresses', () => {
  test('is held on as many as may be, and on one more is refused as a whole', () => {
    const desk = new Desk();
    const refusal = desk.refusal(allocation('greedy'), games, onAddresses(MOST_CLAIMS + 1));
    expect(refusal.reason).toBe('PortHeld');
    expect(refusal.message).toContain('write another number, or one port without hostIP');
    expect(desk.cells()).toEqual({});
    desk.numbers(allocation('modest'), games, onAddresses(MOST_CLAIMS));
    expect(desk.domain.claimsOn(20000)).toHaveLength(MOST_CLAIMS);
    expect(desk.refusal(allocation('next'), games, [udp('q', { number: 20000 })]).reason).toBe('PortHeld');
  });

  test('is not chosen for somebody else when it is full, whatever they speak', () => {
    const desk = new Desk();
    desk.numbers(allocation('modest'), games, onAddresses(MOST_CLAIMS));
    desk.numbers(allocation('other'), games, [tcp('p', { number: 20001, address: '10.0.0.1' })]);
    expect(desk.numbers(allocation('next'), games, [udp('q')])).toEqual({ q: 20001 });
    const elsewhere = [tcp('r', { address: '10.0.0.200' })];
    expect(desk.numbers(allocation('last'), games, elsewhere)).toEqual({ r: 20001 });
  });

  test('stays with its holders, who may change what they have of it', () => {
    const desk = new Desk();
    const me = allocation('modest');
    desk.numbers(me, games, onAddresses(MOST_CLAIMS));
    const given = desk.numbers(me, games, onAddresses(MOST_CLAIMS));
    expect(new Set(Object.values(given))).toEqual(new Set([20000]));
    const moved = onAddresses(MOST_CLAIMS).map((port) => ({ ...port, address: port.address.replace('10.0', '10.1') }));
    desk.numbers(me, games, moved);
    expect(desk.domain.claimsOn(20000).map(({ address }) => address)).toEqual(moved.map(({ address }) => address));
  });
});
