import { expect, test } from '@jest/globals';
import type { ClusterClient } from '../../../src/kube/index.ts';
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
  return new QuotaCounter({ client: client as ClusterClient, ...parts });
}

test('everybody whose change shares a round hears of its failure, and may try again', async () => {
  const counter = counterWithOneFault();
  const take = () => counter.take('arcade', 1, 3, signal);
  const outcomes = await Promise.allSettled([take(), take(), take()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await Promise.all([take(), take(), take()])).toMatchObject([{ ok: true }, { ok: true }, { ok: false }]);
});
