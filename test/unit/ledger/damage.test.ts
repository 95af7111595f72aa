import { describe, expect, test } from '@jest/globals';
import { encodeCell, holder } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import { sealOf } from '../../../src/ledger/index.ts';
import type { StoredBlock } from '../../../src/ledger/index.ts';
import { Shard } from '../../../src/ledger/shard.ts';
import { claim } from '../core/make.ts';

const NOW = 1_700_000_000;
const FIRST = 20_032;
const MINE = claim(20_040);

/** A block as a manager wrote it. */
function written(version: number, claims: readonly Claim[]): StoredBlock {
  const cells = [...Map.groupBy(claims, ({ number }) => String(number))];
  const data = Object.fromEntries(cells.map(([key, group]) => [key, encodeCell(group) ?? '']));
  return { domain: '', first: FIRST, version: String(version), data, seal: sealOf(data) };
}

/** A block as a hand left it, with the seal of what stood there before. */
function spoilt(version: number, data: Readonly<Record<string, string>>): StoredBlock {
  return { ...written(version, [MINE]), data };
}

function shardWith(...claims: readonly Claim[]): Shard {
  const shard = new Shard('', {}, () => 0);
  shard.adopt(written(1, claims), NOW);
  return shard;
}

describe('a block that somebody emptied', () => {
  test('loses nothing in memory, and is to be written again', () => {
    const shard = shardWith(MINE);
    expect(shard.adopt(spoilt(2, {}), NOW)).toEqual({ isToBeWritten: true, lost: [MINE], unreadable: [] });
    expect(shard.domain.claimsOn(20_040)).toEqual([MINE]);
    expect(shard.wordsOf(shard.draftOf(FIRST))).toEqual(written(1, [MINE]).data);
  });

  test('and that another manager wrote without having seen it before, still lacks what is lost', () => {
    const other = claim(20_050);
    const shard = shardWith(MINE);
    shard.adopt(spoilt(2, {}), NOW);
    expect(shard.adopt(written(3, [other]), NOW)).toMatchObject({ isToBeWritten: true });
    expect(shard.domain.claimsOn(20_040)).toEqual([MINE]);
    expect(shard.domain.claimsOn(20_050)).toEqual([other]);
    expect(shard.adopt(written(4, [other, MINE]), NOW)).toBeUndefined();
    shard.adopt(written(5, [other]), NOW);
    expect(shard.domain.claimsOn(20_040)).toEqual([]);
  });

  test('takes what is released before it is written again for released, also when the watch tells it first', () => {
    const cooling: Claim = { ...MINE, state: 'cooling', time: NOW + 30 };
    const shard = shardWith(MINE);
    shard.adopt(spoilt(2, {}), NOW);
    const own = written(3, [cooling]);
    shard.announce(FIRST, own.data);
    expect(shard.adopt(own, NOW)).toBeUndefined();
    expect(shard.domain.claimsOn(20_040)).toEqual([cooling]);
  });

  test('gets no cooldown back that has ended', () => {
    const shard = shardWith({ ...MINE, state: 'cooling', time: NOW + 1 });
    expect(shard.adopt(spoilt(2, {}), NOW + 2)).toMatchObject({ isToBeWritten: true, lost: [] });
    expect(shard.domain.claimsOn(20_040)).toEqual([]);
  });

  test('does not take a number from who was written down for it', () => {
    const shard = shardWith(MINE);
    const other = claim(20_040, { holder: { ...MINE.holder, uid: 'another' } });
    expect(shard.adopt(spoilt(2, written(2, [other]).data), NOW)).toMatchObject({ lost: [] });
    expect(shard.domain.claimsOn(20_040)).toEqual([other]);
  });
});

describe('a block with rubbish', () => {
  const rubbish = { '20040': 'mine!', '20041': 'hello', '20032.5': '?', '7': 'x', note: 'y' };

  test('keeps it beside what was there, and names all that nobody can read', () => {
    const shard = shardWith(MINE);
    const damage = shard.adopt(spoilt(2, rubbish), NOW);
    expect(damage?.lost).toEqual([MINE]);
    expect(damage?.unreadable.toSorted()).toEqual(Object.keys(rubbish).toSorted());
    expect(shard.wordsOf(shard.draftOf(FIRST))).toEqual({ ...rubbish, '20040': `${encodeCell([MINE])}\nmine!` });
  });

  test('that a manager wrote again is told of once, and once more after a start', () => {
    const shard = shardWith(MINE);
    shard.adopt(spoilt(2, rubbish), NOW);
    const data = shard.wordsOf(shard.draftOf(FIRST));
    const again = { ...written(3, []), data, seal: sealOf(data) };
    expect(shard.adopt(again, NOW)).toBeUndefined();
    const started = new Shard('', {}, () => 0);
    expect(started.adopt(again, NOW)).toMatchObject({ isToBeWritten: false, lost: [] });
    expect(started.domain.claimsOn(20_041)).toMatchObject([{ state: 'unreadable' }]);
  });
});

describe('what could not be read again', () => {
  const { holder: by } = MINE;
  test.each<readonly [string, Partial<Claim>]>([
    ['a name with a space', { holder: holder({ ...by, name: 'x y' }) }],
    [
      'a name with a line break',
      { holder: holder({ ...by, name: 'x\nTCP held games Pod a/b u game 2023-11-14T22:13:20Z' }) },
    ],
    ['a UID of nothing', { holder: holder({ ...by, uid: '' }) }],
    ['a port with a line break', { port: 'a\nb' }],
    ['an address that is none', { address: '10.0.0.256' }],
    ['a time that no date has', { time: 1e12 }],
  ])('is never written: %s', (_, change) => {
    const shard = shardWith(MINE);
    shard.domain.write(20_041, [{ ...MINE, number: 20_041, ...change }]);
    expect(() => shard.wordsOf(shard.draftOf(FIRST))).toThrow();
  });

  test('but what stands there unreadable stays', () => {
    const shard = new Shard('', {}, () => 0);
    const data = { '20040': `scribble\n${encodeCell([MINE])}` };
    shard.adopt({ ...written(1, []), data, seal: sealOf(data) }, NOW);
    shard.domain.write(20_040, [...shard.domain.claimsOn(20_040), claim(20_040, { port: 'other' })]);
    expect(shard.wordsOf(shard.draftOf(FIRST))['20040']?.split('\n')).toHaveLength(3);
  });
});

describe('what an earlier version wrote in words of a pod that the API server refused', () => {
  const line = 'TCP reserved default Pod games/x y 0123456789abcdef-0123456789ab a 2023-11-14T22:14:00Z';
  const end = Date.parse('2023-11-14T22:14:00Z') / 1000;
  const shardAt = (now: number): Shard => {
    const shard = new Shard('', {}, () => 0);
    const data = { '20040': line, '20041': 'scribble' };
    shard.adopt({ ...written(1, []), data, seal: sealOf(data) }, now);
    return shard;
  };

  test('keeps everybody away until its written end, and is taken away then', () => {
    const shard = shardAt(end - 10);
    expect(shard.wordsOf(shard.draftOf(FIRST))).toEqual({ '20040': line, '20041': 'scribble' });
    shard.domain.expire(end);
    expect(shard.wordsOf(shard.draftOf(FIRST))).toEqual({ '20041': 'scribble' });
    expect(shard.isUntidy(FIRST)).toBe(true);
  });

  test('is not even shown when that is over', () => {
    expect(shardAt(end + 1).domain.claimsOn(20_040)).toEqual([]);
  });
});
