import { expect, test } from '@jest/globals';
import { CancelledError, abandonable } from '../../../src/base/cancellation.ts';
import { FencedError } from '../../../src/base/fence.ts';
import type { CallOptions, ClusterClient } from '../../../src/kube/index.ts';
import { QuotaCounter } from '../../../src/ledger/index.ts';

const { signal } = new AbortController();

/** A counter whose first read fails, as when the API server is away for a moment; everything after it works. */
function counterWithOneFault(): QuotaCounter {
  let reads = 0;
  const stored = { metadata: { resourceVersion: '1' }, data: { arcade: '1' } };
  const client: Pick<ClusterClient, 'find' | 'replace'> = {
    find: () => (reads++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve(stored as never)),
    replace: () => Promise.resolve(stored as never),
  };
  const parts = { namespace: 'hostport-system', pool: 'games', countHeld: () => new Map([['arcade', 1]]) };
  return new QuotaCounter({ client: client as ClusterClient, signal, ...parts });
}

test('everybody whose change shares a round hears of its failure, and may try again', async () => {
  const counter = counterWithOneFault();
  const take = () => counter.take('arcade', 1, 3, { signal });
  const outcomes = await Promise.allSettled([take(), take(), take()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await Promise.all([take(), take(), take()])).toMatchObject([{ ok: true }, { ok: true }, { ok: false }]);
});

/** A counter whose writes wait for `write`. */
function counterThatWaits(write: Promise<void>): { readonly counter: QuotaCounter; readonly counts: () => unknown } {
  let stored = { metadata: { resourceVersion: '1' }, data: {} };
  const client = {
    find: () => Promise.resolve(stored),
    replace: async (_: unknown, object: typeof stored, call: CallOptions) => {
      await abandonable(write, call.signal);
      const closed = call.fence?.reason();
      if (closed !== undefined) throw new FencedError(closed);
      stored = object;
    },
  } as unknown as ClusterClient;
  const parts = { client, signal, namespace: 'hostport-system', pool: 'games', countHeld: () => new Map() };
  return { counter: new QuotaCounter(parts), counts: () => stored.data };
}

test('one who gives up takes nobody along who shares the round', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { counter, counts } = counterThatWaits(promise);
  const impatient = new AbortController();
  const first = counter.take('arcade', 1, 3, { signal: impatient.signal });
  const second = counter.take('arcade', 1, 3, { signal });
  impatient.abort();
  await expect(first).rejects.toBeInstanceOf(CancelledError);
  resolve(undefined);
  expect(await second).toMatchObject({ ok: true });
  // Nobody knows whether the change of the one who left was written: it is, and a recount corrects it.
  expect(counts()).toEqual({ arcade: '2' });
});

test('a change whose fence closes before it is written is refused, and the others of the round are counted', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { counter, counts } = counterThatWaits(promise);
  let isOver = false;
  const fence = { reason: () => (isOver ? 'no longer the leader' : undefined) };
  const late = counter.take('arcade', 1, 3, { signal, fence });
  const other = counter.take('arcade', 1, 3, { signal });
  isOver = true;
  resolve(undefined);
  expect(await late).toMatchObject({ ok: false, error: { reason: 'LedgerUnavailable' } });
  expect(await other).toMatchObject({ ok: true });
  expect(counts()).toEqual({ arcade: '1' });
});
