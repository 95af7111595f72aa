import { expect, test } from '@jest/globals';
import { Quotas, podHolder } from '../../../src/allocation/index.ts';
import { understandPools } from '../../../src/allocation/pool-rules.ts';
import { Domain, Totals } from '../../../src/core/index.ts';
import { allocation, claim } from '../core/make.ts';
import { storedPool } from './resources.ts';

const { signal } = new AbortController();
const [games] = understandPools([storedPool('games', { ranges: ['20000-20009'], maxPortsPerNamespace: 3 })]);

/** A ledger with one domain. */
interface OneDomain {
  readonly domain: Domain;
  readonly totals: Totals;
}

function oneDomain(): OneDomain {
  const totals = new Totals();
  return { domain: new Domain({ totals }), totals };
}

/** Quotas over the ledger `held` without a stored counter, and what they write. */
function quotasOn(held: OneDomain): { quotas: Quotas; written: () => unknown } {
  let stored: { readonly data?: unknown } = {};
  const client = {
    find: () => Promise.resolve(undefined),
    create: (_: unknown, object: { readonly data?: unknown }) => Promise.resolve((stored = object)),
  };
  const pools = { subscribe: () => ({ [Symbol.dispose]: () => undefined }), find: () => games };
  const ledger = { domains: () => [''], domain: () => held.domain, totals: held.totals };
  const parts = { client, namespace: 'hostport-system', ledger, pools };
  return {
    quotas: new Quotas(parts as unknown as ConstructorParameters<typeof Quotas>[0]),
    written: () => stored.data,
  };
}

test('who begins to count while numbers are on their way out of the ledger counts them once', async () => {
  if (games === undefined) throw new Error('the pool is not understood');
  const leaving = [20_000, 20_001].map((number) => claim(number, { holder: allocation('going') }));
  const held = oneDomain();
  held.domain.write(20_000, leaving.slice(0, 1));
  const { quotas, written } = quotasOn(held);
  using _ = quotas.announce(leaving);
  expect(await quotas.take(games, 'arena', 1, { signal })).toMatchObject({ ok: true });
  expect(written()).toEqual({ arena: '3' });
});

test('a number that is lent counts once', async () => {
  if (games === undefined) throw new Error('the pool is not understood');
  const lent = claim(20_000, { holder: allocation('lent') });
  const held = oneDomain();
  held.domain.write(20_000, [
    lent,
    { ...lent, holder: podHolder({ namespace: 'arena', name: 'relay', uid: 'relay-1' }) },
  ]);
  const { quotas, written } = quotasOn(held);
  expect(await quotas.take(games, 'arena', 2, { signal })).toMatchObject({ ok: true });
  expect(written()).toEqual({ arena: '3' });
});
