import { describe, expect, test } from '@jest/globals';
import { claimsHeldBy, holder, holderKind, isLive, printHolder } from '../../../src/core/index.ts';
import { Desk } from './desk.ts';
import { allocation, claim, pool, tcp } from './make.ts';

describe('a holder', () => {
  const pod = holder({ group: '', kind: 'Pod', namespace: 'arena', name: 'p', uid: '1' });
  const node = holder({ group: 'example.com', kind: 'Rack', namespace: '', name: 'r', uid: '2' });

  test('has one key for all that ever had its name', () => {
    expect(pod.key).toBe('Pod arena/p');
    expect(node.key).toBe('Rack.example.com /r');
    expect(holder({ ...pod, uid: 'another' }).key).toBe(pod.key);
  });

  test('is printed as kubectl finds it', () => {
    expect([holderKind(pod), holderKind(node)]).toEqual(['Pod', 'Rack.example.com']);
    expect([printHolder(pod), printHolder(node)]).toEqual(['Pod arena/p', 'Rack.example.com r']);
  });
});

describe('a claim keeps others away', () => {
  test.each([
    ['held long ago', claim(1, { state: 'held', time: 0 }), true],
    ['reserved, however late', claim(1, { state: 'reserved', time: 10 }), true],
    ['unreadable', claim(1, { state: 'unreadable', time: 0, text: 'x' }), true],
    ['cooling before its end', claim(1, { state: 'cooling', time: 101 }), true],
    ['cooling at its end', claim(1, { state: 'cooling', time: 100 }), false],
    ['cooling after its end', claim(1, { state: 'cooling', time: 99 }), false],
  ])('%s', (_, some, live) => {
    expect(isLive(some, 100)).toBe(live);
  });
});

describe('what a holder holds', () => {
  test('leaves out what cools, and what another of its name has', () => {
    const desk = new Desk();
    const games = pool('20000-20009');
    const me = allocation('a');
    desk.numbers(me, games, [tcp('p')]);
    desk.release(me, 30);
    desk.numbers(allocation('a', 'a-2'), games, [tcp('q'), tcp('r')]);
    desk.domain.write(20009, [claim(20009, { holder: me, state: 'reserved' })]);
    expect(claimsHeldBy(desk.domain, me).map(({ number }) => number)).toEqual([20009]);
    expect(claimsHeldBy(desk.domain, allocation('a', 'a-2')).map(({ port }) => port)).toEqual(['q', 'r']);
  });
});
