import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '../../../src/base/result.ts';
import { Domain } from '../../../src/core/index.ts';
import { allocation, claim, pool, seen } from './make.ts';
import { portrait } from './portrait.ts';

const games = pool('20000-20099');
const a = claim(20000, { holder: allocation('a') });
const b = claim(20000, { holder: allocation('b'), protocols: 2 });
const elsewhere = claim(20050, { holder: allocation('a') });

describe('a domain', () => {
  test('tells claims by number and by holder', () => {
    const domain = new Domain();
    domain.write(20000, [a, b]);
    domain.write(20050, [elsewhere]);
    expect(domain.claimsOn(20000)).toEqual([a, b]);
    expect(domain.claimsOn(20001)).toEqual([]);
    expect(domain.claimsOf(a.holder.key)).toEqual([a, elsewhere]);
    expect([...domain.holderKeys()]).toEqual([a.holder.key, b.holder.key]);
    expect(new Set(domain.claims())).toEqual(new Set([a, b, elsewhere]));
  });

  test('forgets what was replaced', () => {
    const domain = new Domain();
    domain.write(20000, [a, b]);
    domain.write(20000, [b]);
    expect(domain.claimsOf(a.holder.key)).toEqual([]);
    domain.write(20000, []);
    expect([[...domain.claims()], [...domain.holderKeys()]]).toEqual([[], []]);
  });

  test('keeps strangers apart from claims', () => {
    const domain = new Domain();
    const stranger = seen(20000);
    domain.write(20000, [a]);
    domain.observe(20000, [stranger]);
    expect(domain.obstaclesOn(20000)).toEqual([a, stranger]);
    expect(domain.observedOn(20000)).toEqual([stranger]);
    expect([domain.claimsOn(20000), domain.claimsOf(stranger.holder.key)]).toEqual([[a], []]);
    domain.observe(20000, []);
    expect([domain.obstaclesOn(20000), domain.observedOn(20000)]).toEqual([[a], []]);
  });

  test('has the strangers that are seen everywhere, beside its own', () => {
    const [here, service] = [seen(20000), seen(20001)];
    const everywhere = new Map([[20001, [service]]]);
    const domains = [new Domain({ everywhere }), new Domain({ everywhere })];
    for (const domain of domains) {
      domain.observe(20000, [here]);
      domain.observe(20001, [here]);
      expect(domain.observedOn(20001)).toEqual([here, service]);
      expect([...domain.occupied()]).toEqual([20000, 20001]);
      expect(domain.space(games).untouched.size).toBe(98);
    }
    everywhere.delete(20001);
    everywhere.set(20002, [service]);
    for (const domain of domains) {
      for (const number of [20001, 20002]) domain.refresh(number);
      expect([domain.observedOn(20001), domain.observedOn(20002)]).toEqual([[here], [service]]);
      expect(domain.space(games).untouched.size).toBe(97);
    }
  });

  test('has one space for each pool, and a new one for a changed pool', () => {
    const domain = new Domain();
    const before = domain.space(games);
    expect(domain.space(games)).toBe(before);
    const changed = { ...games, usable: [{ first: 20001, last: 20002 }] };
    expect(domain.space(changed).untouched.size).toBe(2);
  });
});

describe('a transaction', () => {
  test('tells what it wrote, with the claims before', () => {
    const domain = new Domain();
    domain.write(20000, [a]);
    domain.begin();
    domain.write(20000, [a, b]);
    const mark = domain.mark();
    domain.write(20000, [b]);
    domain.write(20050, [elsewhere]);
    expect([...domain.changesSince(0)]).toEqual([
      [20000, [a]],
      [20050, []],
    ]);
    expect([...domain.changesSince(mark)]).toEqual([
      [20000, [a, b]],
      [20050, []],
    ]);
    domain.commit();
    expect([...domain.changesSince(0)]).toEqual([]);
  });

  test('is undone to a mark, and goes on from there', () => {
    const domain = new Domain();
    domain.begin();
    domain.write(20000, [a]);
    const mark = domain.mark();
    domain.write(20000, [b]);
    domain.write(20050, [elsewhere]);
    domain.undoTo(mark);
    expect([domain.claimsOn(20000), domain.claimsOn(20050)]).toEqual([[a], []]);
    domain.write(20050, [elsewhere]);
    expect([...domain.changesSince(mark).keys()]).toEqual([20050]);
    domain.rollback();
    expect([...domain.claims()]).toEqual([]);
  });

  test('is undone with everything that follows from claims', () => {
    const domain = new Domain();
    domain.write(20000, [a]);
    const before = portrait(domain, [games]);
    domain.begin();
    domain.write(20000, [b]);
    domain.write(20050, [elsewhere, claim(20050, { protocols: 4 })]);
    domain.write(20000, []);
    expect(portrait(domain, [games])).not.toEqual(before);
    domain.rollback();
    expect(portrait(domain, [games])).toEqual(before);
  });

  test('is undone in the spaces that were first looked at inside of it', () => {
    const domain = new Domain();
    domain.begin();
    domain.write(20000, [a]);
    expect(domain.space(games).untouched.size).toBe(99);
    expect(domain.space(games).fitting(a).size).toBe(99);
    domain.rollback();
    expect(domain.space(games).untouched.size).toBe(100);
    expect(domain.space(games).fitting(a).size).toBe(100);
  });

  test('is one at a time, and claims do not expire inside', () => {
    const domain = new Domain();
    domain.write(20000, [{ ...a, state: 'cooling', time: 10 }]);
    domain.begin();
    expect(() => domain.begin()).toThrow(InvariantError);
    expect(() => domain.expire(10)).toThrow(InvariantError);
    domain.rollback();
    domain.expire(10);
    expect([...domain.claims()]).toEqual([]);
  });
});
