import { describe, expect, test } from '@jest/globals';
import { Domain, release } from '../../../src/core/index.ts';
import { allocation, claim, pool } from './make.ts';
import { portrait } from './portrait.ts';

const games = pool('20000-20099');
const a = claim(20000, { holder: allocation('a') });
const b = claim(20000, { holder: allocation('b'), protocols: 2 });
const elsewhere = claim(20050, { holder: allocation('a') });

describe('release', () => {
  function held(): Domain {
    const domain = new Domain();
    domain.write(20000, [a, b]);
    domain.write(20050, [elsewhere]);
    return domain;
  }

  test('leaves the claims of others alone', () => {
    const domain = held();
    expect(release(domain, [a], 100, { cooldownOf: () => 0 })).toBe(1);
    expect(new Set(domain.claims())).toEqual(new Set([b, elsewhere]));
  });

  test('asks for the cooldown of the pool that the claim names', () => {
    const domain = held();
    const media = claim(20060, { holder: allocation('a'), pool: 'media' });
    domain.write(20060, [media]);
    const cooldowns: Readonly<Record<string, number>> = { games: 30 };
    expect(release(domain, [a, media], 100, { cooldownOf: (name) => cooldowns[name] ?? 0 })).toBe(2);
    expect(domain.claimsOn(20000)).toEqual([b, { ...a, state: 'cooling', time: 130 }]);
    expect(domain.claimsOn(20060)).toEqual([]);
  });

  test('of what was only reserved cools down if somebody was there to use it', () => {
    const cooled = [false, true].map((wasThere) => {
      const domain = new Domain();
      const reserved = claim(20000, { holder: allocation('a'), state: 'reserved' });
      domain.write(20000, [reserved]);
      release(domain, [reserved], 100, { cooldownOf: () => 30, wasThere });
      return domain.claimsOn(20000).map(({ state, time }) => [state, time]);
    });
    expect(cooled).toEqual([[], [['cooling', 130]]]);
  });

  test("of what isn't there is a no-op", () => {
    const domain = held();
    const before = portrait(domain, [games]);
    expect(release(domain, [claim(20000), claim(20070)], 100, { cooldownOf: () => 30 })).toBe(0);
    release(domain, [a], 100, { cooldownOf: () => 0 });
    expect(release(domain, [a], 100, { cooldownOf: () => 0 })).toBe(0);
    domain.write(20000, [a, b]);
    expect(portrait(domain, [games])).toEqual(before);
  });

  test('of all that a holder has, as the domain lists it, leaves nothing', () => {
    const domain = held();
    expect(release(domain, domain.claimsOf(a.holder.key), 100, { cooldownOf: () => 0 })).toBe(2);
    expect([...domain.claims()]).toEqual([b]);
  });
});
