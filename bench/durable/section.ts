import { Namespaces } from '../../src/kube/index.ts';
import { strategies } from '../../src/core/index.ts';
import type { StrategyName } from '../../src/core/index.ts';
import { NAMESPACE, startCluster } from '../cluster.ts';
import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { startWorker } from './crew.ts';
import type { Worker } from './crew.ts';
import { judge } from './judge.ts';
import { PlainWrites } from './plain-writes.ts';
import { Series, columns, rowOf } from './series.ts';

/** How many numbers each process takes in a round, by its callers. */
const NUMBERS_BY_CALLERS = new Map([
  [1, 64],
  [8, 400],
  [64, 2560],
  [256, 4800],
]);
const ROUNDS = 6;
const PLAIN_WRITES = 64;
const NAMES = Object.keys(strategies) as StrategyName[];

/** Numbers made durable through the ledger, beside one plain ConfigMap write at a time. */
export async function measureDurable(): Promise<Section> {
  tell('durable: starting an API server');
  await using owned = new AsyncDisposableStack();
  const { client, kubeconfig } = owned.use(await startCluster());
  await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal: new AbortController().signal });
  const plain = await PlainWrites.create(client, 'plain');
  const crew = [owned.use(await startWorker(kubeconfig, 1))];
  const alone = await measure(crew, plain);
  crew.push(owned.use(await startWorker(kubeconfig, 2)));
  const together = await measure(crew, plain);
  const all = [...alone, ...together];
  return {
    title: 'Durable numbers through the ledger',
    method: `One pool of 10,000 numbers, emptied between rounds (cooldown 0), asked by those to whom it matters little which numbers they get, as pods of a Deployment. A caller asks for one number after the other; latencies are from the request to the durable answer, in ms. Rate: median of ${ROUNDS} rounds, in all; "callers" are those of each process. Beside it, in turns with each round, one ConfigMap is overwritten one write at a time: with 1 KB, and with 1 to 64 lines of the ledger, as a block that fills up.`,
    columns,
    rows: all.map(rowOf),
    verdicts: judge(alone, together),
  };
}

async function measure(crew: readonly Worker[], plain: PlainWrites): Promise<readonly Series[]> {
  await warmUp(crew);
  const all = NAMES.flatMap((strategy) =>
    [...NUMBERS_BY_CALLERS.keys()].map((callers) => new Series(strategy, callers, crew.length)),
  );
  for (let round = 1; round <= ROUNDS; round++) {
    tell(`durable: ${crew.length} process${crew.length === 1 ? '' : 'es'}, round ${round} of ${ROUNDS}`);
    for (const series of all) {
      series.addPlain(await plain.kilobytes(PLAIN_WRITES), await plain.growingBlock());
      const { strategy, callers } = series;
      const numbers = NUMBERS_BY_CALLERS.get(callers) ?? 0;
      series.add(await Promise.all(crew.map((worker) => worker.take({ strategy, callers, numbers }))));
      await Promise.all(crew.map((worker) => worker.giveBack()));
    }
  }
  return all;
}

/** Every strategy once, so that all blocks exist and all code is compiled. */
async function warmUp(crew: readonly Worker[]): Promise<void> {
  for (const strategy of NAMES) {
    await Promise.all(crew.map((worker) => worker.take({ strategy, callers: 256, numbers: 4800 })));
    await Promise.all(crew.map((worker) => worker.giveBack()));
  }
}
