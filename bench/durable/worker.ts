/** A process with a ledger of its own, told what to do by the process that forked it; ends with it. */
import { connect } from '../cluster.ts';
import { LoadedLedger } from './load.ts';
import type { Load, Outcome } from './load.ts';

/** What a worker is told. */
export type Order = { readonly task: 'take'; readonly load: Load } | { readonly task: 'giveBack' };

/** What it answers to each order, and once when it is ready. */
export interface Answer {
  readonly outcome?: Outcome;
  readonly fault?: string;
}

const [kubeconfig = '', who = ''] = process.argv.slice(2);
const link = connect(kubeconfig);
const ledger = await LoadedLedger.open(link.client, Number(who));

async function obey(order: Order): Promise<Answer> {
  if (order.task === 'take') return { outcome: await ledger.take(order.load) };
  await ledger.giveBack();
  return {};
}

function answer(what: Answer): void {
  process.send?.(what);
}

process.on('message', (order: Order) => {
  obey(order).then(answer, (fault: unknown) => answer({ fault: String(fault) }));
});
process.once('disconnect', () => {
  void ledger[Symbol.asyncDispose]().then(() => link[Symbol.asyncDispose]());
});
answer({});
