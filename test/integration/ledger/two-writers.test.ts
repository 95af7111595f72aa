import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeCell } from '../../../src/core/index.ts';
import type { Claim, Pool } from '../../../src/core/index.ts';
import { ConfigMaps } from '../../../src/kube/index.ts';
import { ledgerSelector, blockName } from '../../../src/ledger/index.ts';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { eventuallyWith } from '../../support/hostport/eventually.ts';
import { Clerk, NAMESPACE, someHolder } from './clerk.ts';

let plane: ControlPlane;
let left: Clerk;
let right: Clerk;

beforeAll(async () => {
  plane = await obtainControlPlane({ controllerManager: false, scheduler: false, kwok: false });
  left = await new Clerk(plane.kubeconfig).open();
  right = await new Clerk(plane.kubeconfig).open();
});

afterAll(async () => {
  await left[Symbol.asyncDispose]();
  await right[Symbol.asyncDispose]();
  await plane.stop();
});

const eventually = eventuallyWith(() => '');

function poolOf(first: number, last: number, strategy: Pool['strategy']): Pool {
  return { name: `${strategy.toLowerCase()}-${first}`, usable: [{ first, last }], strategy, cooldown: 0 };
}

/** What the API server has, read anew: the ledger as a third party sees it. */
async function stored(first: number, last: number): Promise<readonly Claim[]> {
  const selection = { namespace: NAMESPACE, labelSelector: ledgerSelector, signal: left.signal };
  const { items } = await left.client.list(ConfigMaps, selection);
  return items
    .flatMap(({ data = {} }) => Object.entries(data))
    .flatMap(([number, text]) => decodeCell(Number(number), text))
    .filter(({ number }) => number >= first && number <= last);
}

describe('two managers that write one ledger at once', () => {
  test.each(['Sequential', 'Random', 'Stride'] as const)('never give a number twice: %s', async (strategy) => {
    const first = { Sequential: 20000, Random: 21000, Stride: 22000 }[strategy];
    const pool = poolOf(first, first + 199, strategy);
    const names = Array.from({ length: 200 }, (_, at) => `${strategy}-${at}`);
    const answers = await Promise.all(
      names.map((name, at) => (at % 2 === 0 ? left : right).reserve(someHolder(name), pool)),
    );
    expect(answers.every((answer) => answer.ok)).toBe(true);
    const claims = await stored(first, first + 199);
    expect(new Set(claims.map(({ number }) => number)).size).toBe(200);
    expect(new Set(claims.map(({ holder }) => holder.name)).size).toBe(200);
    expect(await left.reserve(someHolder('one-too-many'), pool)).toMatchObject({ error: { reason: 'PoolExhausted' } });
    // Who doesn't know of a claim yet has nothing to release.
    const known = (): readonly number[] =>
      [left, right].map(
        ({ ledger }) => names.filter((name) => ledger.domain('').claimsOf(someHolder(name).key).length > 0).length,
      );
    await eventually(known, (counts) => counts.join() === '200,200', 'both know all claims');
    await Promise.all(names.map((name, at) => (at % 2 === 0 ? right : left).release(someHolder(name))));
    expect(await stored(first, first + 199)).toEqual([]);
  });

  test('give numbers of several blocks to one of two who want them, and nothing to the other', async () => {
    const pool = poolOf(24000, 24511, 'Sequential');
    const blocks = [24000, 24100, 24200, 24300, 24400, 24500];
    for (let round = 0; round < 20; round++) {
      const rivals = [someHolder(`left-${round}`), someHolder(`right-${round}`)] as const;
      const answers = await Promise.all([
        left.reserve(rivals[0], pool, blocks),
        right.reserve(rivals[1], pool, blocks.toReversed()),
      ]);
      const claims = await stored(24000, 24511);
      const winners = rivals.filter((_, at) => answers[at]?.ok === true);
      // Both may lose a race that both began, but what a loser had meanwhile must be gone.
      expect(winners.length).toBeLessThanOrEqual(1);
      expect(claims.map(({ holder }) => holder.name)).toEqual(winners.flatMap(({ name }) => blocks.map(() => name)));
      for (const rival of rivals) {
        await left.release(rival);
        await right.release(rival);
      }
    }
  });
});

describe('a block that is deleted', () => {
  test('comes back as it was, and its numbers are given to nobody meanwhile', async () => {
    const pool = poolOf(25024, 25027, 'Sequential');
    for (const name of ['a', 'b', 'c']) expect((await left.reserve(someHolder(name), pool)).ok).toBe(true);
    const claims = () => right.ledger.domain('').claimsOn(25026);
    await eventually(claims, ({ length }) => length === 1, 'the other manager sees the third claim');
    const before = await stored(25024, 25027);
    await left.client.remove(
      ConfigMaps,
      { namespace: NAMESPACE, name: blockName({ domain: '', first: 25024 }) },
      { signal: left.signal },
    );
    const thieves = await Promise.all(
      ['d', 'e', 'f'].map((name, at) => (at === 0 ? left : right).reserve(someHolder(name), pool)),
    );
    expect(thieves.filter((answer) => answer.ok)).toHaveLength(1);
    const after = await stored(25024, 25027);
    expect(after.filter(({ number }) => number < 25027)).toEqual(before);
  });
});
