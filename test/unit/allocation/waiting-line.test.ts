import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WaitingLine, awaitedBy, olderFirst, topics } from '../../../src/allocation/waiting-line.ts';
import type { Place, Waiter } from '../../../src/allocation/waiting-line.ts';
import { domainOf } from '../../../src/allocation/index.ts';
import { allocation, tcp } from '../core/make.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const at = fc.integer({ min: 0, max: 1_000 });
const waiter = fc
  .record({
    reason: fc.constantFrom('PoolExhausted', 'PortHeld', 'QuotaExceeded', 'NamespaceNotAllowed', 'PoolNotReady'),
    node: fc.constantFrom(undefined, 'n1', 'n2'),
    pool: fc.constantFrom(undefined, 'games', 'media'),
    namespace: fc.constantFrom('arena', 'office'),
    numbers: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    since: fc.constantFrom('1', '2', '3', '4'),
  })
  .map(({ node, pool, namespace, numbers, reason, since }): Waiter => {
    const ports = numbers.map((number, place) => tcp(`p${place}`, { number }));
    const where = {
      ...(node === undefined ? {} : { nodeName: node }),
      ...(pool === undefined ? {} : { poolName: pool }),
    };
    return { ask: { holder: allocation('x', 'x', namespace), ports, ...where }, reason, since, wake: () => undefined };
  });
const step = fc.oneof(
  fc.record({ does: fc.constant('put'), key, waiter, at }),
  fc.record({ does: fc.constantFrom('delete', 'due'), key, waiter, at }),
);

const TOPICS = [
  ...['', 'n1', 'n2'].flatMap((domain) => [1, 2, 3, 4].map((number) => topics.number(domain, number))),
  ...['', 'n1', 'n2'].flatMap((domain) => ['', 'games', 'media'].map((pool) => topics.room(domain, pool))),
  ...['', 'games', 'media'].flatMap((pool) => ['arena', 'office'].map((space) => topics.quota(pool, space))),
  ...['arena', 'office'].map(topics.namespace),
];

const keysOf = (places: Iterable<Place>): readonly string[] => [...places].map((place) => place.key).sort();

test('who is found by what changed, and by the time, is whom a look at everybody finds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), at, (steps, now) => {
      const line = new WaitingLine();
      const all = new Map<string, { readonly waiter: Waiter; readonly dueAt: number }>();
      for (const { does, ...each } of steps) {
        if (does === 'put') {
          line.put(each.key, each.waiter, each.at, { failedTries: 0, mistaken: 0, restsUntil: 0 });
          all.set(each.key, { waiter: each.waiter, dueAt: each.at });
        } else if (does === 'delete') {
          line.delete(each.key);
          all.delete(each.key);
        } else {
          const place = line.find(each.key);
          if (place !== undefined) line.setDue(place, each.at);
          const known = all.get(each.key);
          if (known !== undefined) all.set(each.key, { ...known, dueAt: each.at });
        }
      }
      const having = (matches: (waiter: Waiter) => boolean): readonly string[] =>
        [...all]
          .filter(([, each]) => matches(each.waiter))
          .map(([each]) => each)
          .sort();
      expect(line.size).toBe(all.size);
      for (const topic of TOPICS) {
        const found = [...line.groupsOn(topic)].flatMap((group) => line.inOrder(group));
        expect(keysOf(found)).toEqual(having((each) => awaitedBy(each).topics.includes(topic)));
      }
      for (const domain of ['', 'n1', 'n2']) {
        const groups = [...line.groupsIn(domain)].map((group) => line.inOrder(group));
        expect(keysOf(groups.flat())).toEqual(having(({ ask }) => domainOf(ask) === domain));
        for (const group of groups) expect(group).toEqual([...group].sort(olderFirst));
      }
      const due = line.dueBy(now);
      expect(keysOf(due)).toEqual(
        [...all]
          .filter(([, { dueAt }]) => dueAt <= now)
          .map(([each]) => each)
          .sort(),
      );
      expect(due).toEqual([...due].sort(olderFirst));
    }),
    { numRuns: 300 },
  );
});
