import { expect, test } from '@jest/globals';
import { TCP, UDP, holder, parseAddress } from '../../../../src/core/index.ts';
import type { PortRequest } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp, udp } from '../make.ts';

/** Pods use its numbers, whatever is asked for now. */
const web = holder({ group: 'apps', kind: 'StatefulSet', namespace: 'arena', name: 'web[0]', uid: 'w' });
const later = { ...web, uid: 'w2' };
const keepsRest = true;
const games = pool('20000-20009');
const loopback = parseAddress('127.0.0.1') ?? '';

const changes: readonly (readonly [string, PortRequest])[] = [
  ['no longer has the port', tcp('q')],
  ['has another protocol', udp('p')],
  ['has another address', tcp('p', { address: loopback })],
  ['wants a block', tcp('p', { count: 3 })],
  ['has just that number under another name', tcp('q', { number: 20000, address: loopback })],
  ['has another name and protocol', udp('q')],
];

test.each(changes)('what pods may use is nobody else’s when a pod comes that %s', (_, changed) => {
  const desk = new Desk();
  expect(desk.numbers(web, games, [tcp('p')], { keepsRest })).toEqual({ p: 20000 });
  const asked = desk.numbers(web, games, [changed], { keepsRest });
  expect(desk.refusal(allocation('b'), games, [tcp('x', { number: 20000 })]).reason).toBe('PortHeld');
  // Every pod is told the same.
  expect(desk.numbers(web, games, [changed], { keepsRest })).toEqual(asked);
});

test.each(changes.filter(([, { number }]) => number === undefined))(
  'nor when one comes under another UID that %s',
  (_, changed) => {
    const desk = new Desk();
    desk.numbers(web, games, [tcp('p')], { keepsRest });
    desk.numbers(later, games, [changed], { keepsRest, gone: new Set([web.uid]) });
    expect(desk.refusal(allocation('b'), games, [tcp('x', { number: 20000 })]).reason).toBe('PortHeld');
  },
);

test('a number goes on under a later UID, and is one claim', () => {
  const desk = new Desk();
  desk.numbers(web, games, [tcp('p')], { keepsRest });
  expect(desk.numbers(later, games, [tcp('p')], { keepsRest, gone: new Set([web.uid]) })).toEqual({ p: 20000 });
  expect(desk.domain.claimsOn(20000)).toMatchObject([{ holder: { uid: 'w2' }, protocols: TCP }]);
});

test('a port that changes its protocol keeps its number, for both', () => {
  const desk = new Desk();
  desk.numbers(web, games, [tcp('p')], { keepsRest });
  expect(desk.numbers(web, games, [udp('p')], { keepsRest })).toEqual({ p: 20000 });
  expect(desk.domain.claimsOn(20000)).toMatchObject([{ port: 'p', protocols: TCP | UDP, state: 'held' }]);
});
