import { invariant } from '../../src/base/result.ts';
import { TCP, UDP, plan } from '../../src/core/index.ts';
import type { PortsRequest } from '../../src/core/index.ts';
import { CLUSTER } from '../../src/ledger/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import type { Attack, Deed } from './attack.ts';
import { ledgerOf } from './held.ts';
import { ask, manyPorts } from './plans.ts';

const { signal } = new AbortController();

/** The largest requests that can be met, from the plan to the last block that is written. */
export const commits: readonly Attack[] = [
  {
    what: '9,984 numbers, made durable',
    prepare: (): Deed => {
      const ports = manyPorts(() => ({ count: 64 })).slice(0, 156);
      let ledger = ledgerOf();
      return { reset: () => void (ledger = ledgerOf()), act: () => commit(ledger, ask('greedy', ports)) };
    },
  },
  {
    what: '9,216 numbers, edited from UDP to TCP and back, made durable',
    prepare: (): Deed => {
      const [udp = [], tcp = []] = [UDP, TCP].map((protocols) => manyPorts(() => ({ count: 9, protocols })));
      const ledger = ledgerOf();
      let turn = 0;
      return { act: () => commit(ledger, ask('greedy', turn++ % 2 === 0 ? tcp : udp)) };
    },
  },
];

async function commit(ledger: Ledger, request: PortsRequest): Promise<void> {
  const done = await ledger.commit(CLUSTER, (domain, context) => plan(domain, request, context), { signal });
  invariant(done.ok, 'there is room for all of it');
}
