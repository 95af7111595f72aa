import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { roomOn } from '../../../src/controllers/room/index.ts';
import type { Guest, Situation } from '../../../src/controllers/room/index.ts';
import { UDP, holder, rangesInclude, rangesSize } from '../../../src/core/index.ts';
import type { Claim, Holder } from '../../../src/core/index.ts';
import { allocation, claim, ranges, seen } from '../core/make.ts';

const usable = ranges('7000-7005');

/** A situation on a node where pool `games` has six numbers. */
function situation(claims: readonly Claim[], guests: readonly Guest[] = [], more: Partial<Situation> = {}): Situation {
  return { pool: 'games', usable, occupied: Map.groupBy(claims, ({ number }) => number), guests, ...more };
}

const podHolder = (uid: string): Holder => holder({ group: '', kind: 'Pod', namespace: 'arena', name: uid, uid });
const held = (number: number, uid: string, more: Partial<Claim> = {}): Claim =>
  claim(number, { holder: podHolder(uid), ...more });
const guest = (uid: string, requested: number, more: Partial<Guest> = {}): Guest => ({
  uids: [uid],
  requested,
  isBound: true,
  ...more,
});

describe('the room of a pool on a node is', () => {
  test.each<[string, Situation, number]>([
    ['all of its numbers where nobody is', situation([]), 6],
    ['less what an allocation holds', situation([claim(7000, { holder: allocation('match') })]), 5],
    ['less what a stranger is on', situation([seen(7001)]), 5],
    ['less what nobody can read', situation([claim(7001, { state: 'unreadable', pool: '' })]), 5],
    ['less what cools', situation([held(7002, 'gone', { state: 'cooling' })]), 5],
    ['not less what lies outside of the pool', situation([seen(6999), claim(7006)]), 6],
    ['less a number once, whoever is on it', situation([claim(7000), claim(7000, { protocols: UDP }), seen(7000)]), 5],
    ['not less what a pod holds that requests it', situation([held(7000, 'a')], [guest('a', 1)]), 6],
    ['less what a pod holds that requests nothing', situation([held(7000, 'a')]), 5],
    ['less what a pod holds beyond its request', situation([held(7000, 'a'), held(7001, 'a')], [guest('a', 1)]), 5],
    ['no more for a request of somebody who holds nothing', situation([seen(7000)], [guest('by-hand', 2)]), 5],
    [
      'not less what is reserved for a pod that is about to be bound',
      situation([held(7000, 'a', { state: 'reserved' })], [guest('a', 1, { isBound: false })]),
      6,
    ],
    [
      'not less what was reserved before its UID was known',
      situation([held(7000, 'token', { state: 'reserved' })], [guest('a', 1, { uids: ['a', 'token'] })]),
      6,
    ],
    [
      'not less what cools while the pod that had it is still counted',
      situation([held(7000, 'a', { state: 'cooling' })], [guest('a', 1)]),
      6,
    ],
    [
      'less what a pod holds of another pool',
      situation([held(7000, 'a', { pool: 'others' }), held(7001, 'a')], [guest('a', 1)]),
      5,
    ],
    [
      'more by what requesting pods keep outside of a pool that shrank',
      situation([held(8000, 'a'), held(8001, 'a')], [guest('a', 2)]),
      8,
    ],
    [
      'what pods there request, where the pool hands nothing out',
      situation([held(7000, 'a')], [guest('a', 1)], { usable: [] }),
      1,
    ],
    [
      'never less than what pods there request',
      situation(
        [7000, 7001, 7002].map((number) => seen(number)),
        [guest('by-hand', 5)],
      ),
      5,
    ],
  ])('%s', (_, given, expected) => {
    expect(roomOn(given)).toBe(expected);
  });
});

describe('whatever is on a node', () => {
  const uid = fc.constantFrom('a', 'b', 'c');
  const anyClaim = fc
    .record({
      number: fc.integer({ min: 6998, max: 7007 }),
      uid: fc.option(uid, { nil: 'stranger' }),
      pool: fc.constantFrom('games', 'others'),
      state: fc.constantFrom('held', 'reserved', 'cooling', 'observed', 'unreadable'),
    })
    .map(({ number, uid: by, ...rest }): Claim => held(number, by, rest));
  const anyGuest = fc.record({ uid, requested: fc.integer({ min: 1, max: 8 }), isBound: fc.boolean() });
  const anySituation = fc
    .record({
      claims: fc.array(anyClaim, { maxLength: 12 }),
      guests: fc.uniqueArray(anyGuest, { selector: (each) => each.uid }),
    })
    .map(({ claims, guests }) =>
      situation(
        claims,
        guests.map(({ uid: by, requested, isBound }) => guest(by, requested, { isBound })),
      ),
    );
  const freeIn = ({ occupied }: Situation): number =>
    rangesSize(usable) - [...occupied.keys()].filter((number) => rangesInclude(usable, number)).length;
  const requestedBy = (guests: readonly Guest[]): number => guests.reduce((sum, { requested }) => sum + requested, 0);

  test('the scheduler lets in no more than is free', () => {
    fc.assert(
      fc.property(anySituation, (given) => {
        expect(Math.max(0, roomOn(given) - requestedBy(given.guests))).toBeLessThanOrEqual(freeIn(given));
      }),
    );
  });

  test('it lets in as many as are free when all guests hold what they request', () => {
    fc.assert(
      fc.property(anySituation, (given) => {
        const claims = [...given.occupied.values()].flat();
        const honest = given.guests.flatMap((each) => {
          const own = claims.filter(({ pool, holder: by }) => pool === 'games' && each.uids.includes(by.uid));
          const requested = new Set(own.map(({ number }) => number)).size;
          return requested === 0 ? [] : [{ ...each, requested }];
        });
        expect(roomOn({ ...given, guests: honest }) - requestedBy(honest)).toBe(freeIn(given));
      }),
    );
  });

  test('the pods on the node fit', () => {
    fc.assert(
      fc.property(anySituation, (given) => {
        expect(roomOn(given)).toBeGreaterThanOrEqual(requestedBy(given.guests.filter(({ isBound }) => isBound)));
      }),
    );
  });

  test('somebody more on it never makes room', () => {
    fc.assert(
      fc.property(anySituation, fc.integer({ min: 6998, max: 7007 }), (given, number) => {
        const occupied = new Map(given.occupied).set(number, [...(given.occupied.get(number) ?? []), seen(number)]);
        expect(roomOn({ ...given, occupied })).toBeLessThanOrEqual(roomOn(given));
      }),
    );
  });
});
