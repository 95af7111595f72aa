import { auditGently } from '../../src/allocation/audit.ts';
import type { Belief } from '../../src/allocation/index.ts';
import { invariant } from '../../src/base/result.ts';
import type { GrantedPort } from '../../src/core/index.ts';
import { CLUSTER } from '../../src/ledger/index.ts';
import type { Attack, Deed } from './attack.ts';
import { FIRST, ON_CLUSTER, blocksOfMany, ledgerOf, residentOn } from './held.ts';

/** What a sweep does over 150,000 numbers that are held. */
export const sweeps: readonly Attack[] = [
  { what: '150,000 held: an audit of the 60,000 of the whole cluster', prepare: (): Deed => auditOf(beliefs()) },
  {
    what: '150,000 held: an audit of the whole cluster, where one says that it has 44,000 of them',
    prepare: (): Deed => auditOf([beliefIn(FIRST, 44_000)]),
  },
];

function auditOf(said: readonly Belief[]): Deed {
  const ledger = ledgerOf(blocksOfMany());
  const act = async (): Promise<void> => {
    const { missing } = await auditGently(ledger.domain(CLUSTER), said, () => false);
    invariant(missing.length === 0, 'all that holders have is in the ledger');
  };
  return { act };
}

/** What the holders of the whole cluster have, ten numbers each. */
function beliefs(): readonly Belief[] {
  return Array.from({ length: ON_CLUSTER / 10 }, (_, at) => beliefIn(FIRST + at * 10, 10));
}

function beliefIn(first: number, count: number): Belief {
  const { holder, pool, protocols, address, port: name, time: since } = residentOn(CLUSTER, first);
  const ports: readonly GrantedPort[] = [{ name, protocols, address, number: first, count }];
  return { holder, pool, ports, since };
}
