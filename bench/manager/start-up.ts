import { invariant } from '../../src/base/result.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { PAUSES_MEAN, metricsOf, pauseCells, pauseColumns, pausesIn } from '../pauses.ts';
import type { Pauses } from '../pauses.ts';
import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { figure } from '../statistics.ts';
import { HeldNumbers } from './held-numbers.ts';
import type { Holding } from './held-numbers.ts';
import { installHostport } from './plane.ts';
import { SETTLE_MS, startManager } from './start.ts';

const NODES = 50;
const HOLDING: Holding = { poolName: 'relays', first: 10_000, allocations: 3, numbersOfEach: 1_000 };
const NUMBERS_OF_NODE = HOLDING.allocations * HOLDING.numbersOfEach;
const HELD = NODES * NUMBERS_OF_NODE;
/** Nodes that are written at once. */
const AT_ONCE = 4;
const STARTS = 3;

const BAR_SECONDS = 10;
const BAR_MEBIBYTES = 512;

interface Start {
  readonly seconds: number;
  readonly mebibytes: number;
  readonly pauses: Pauses;
}

/** How long a manager takes to be ready, and how much memory, with very many held numbers. */
export async function measureStartUp(): Promise<Section> {
  tell(`start: writing ${HELD.toLocaleString('en-US')} held numbers`);
  await using owned = new AsyncDisposableStack();
  const hostport = await installHostport(owned, { section: 'start', nodes: NODES, managers: 0 });
  await writeAll(hostport);
  const starts: Start[] = [];
  for (let count = 1; count <= STARTS; count++) {
    tell(`start: ${count} of ${STARTS}`);
    starts.push(await startOnce(hostport));
  }
  const seconds = Math.max(...starts.map((start) => start.seconds));
  const mebibytes = Math.max(...starts.map((start) => start.mebibytes));
  const what = `start with ${HELD.toLocaleString('en-US')} held numbers`;
  const time = { bar: `≤ ${BAR_SECONDS} s`, measured: `${figure(seconds)} s`, met: seconds <= BAR_SECONDS };
  const memory = {
    bar: `< ${BAR_MEBIBYTES} MiB`,
    measured: `${figure(mebibytes)} MiB`,
    met: mebibytes < BAR_MEBIBYTES,
  };
  return {
    title: 'Start with many held numbers',
    method: `${NODES} nodes with ${NUMBERS_OF_NODE.toLocaleString('en-US')} numbers each, held by ${HOLDING.allocations} allocations on each node; from the start of the process to its being ready, which includes reading the ledger and comparing it with all holders. Peak resident memory until ${SETTLE_MS / 1000} s later: election, first reconciles, a sweep. ${PAUSES_MEAN}`,
    columns: ['start', 'ready after', 'peak memory', ...pauseColumns],
    rows: starts.map((start, at) => [
      String(at + 1),
      `${figure(start.seconds)} s`,
      `${figure(start.mebibytes)} MiB`,
      ...pauseCells(start.pauses),
    ]),
    verdicts: [
      { what: `${what}: ready, slowest of ${STARTS}`, ...time },
      { what: `${what}: peak memory, largest of ${STARTS}`, ...memory },
    ],
  };
}

async function writeAll(hostport: RunningHostport): Promise<void> {
  const range = `${HOLDING.first}-${HOLDING.first + NUMBERS_OF_NODE - 1}`;
  await hostport.objects.createPool(HOLDING.poolName, { ranges: [range], scope: 'Node' });
  const held = new HeldNumbers(hostport.client, HOLDING);
  const names = Array.from({ length: NODES }, (_, at) => `node-${at + 1}`);
  for (let at = 0; at < NODES; at += AT_ONCE) {
    await Promise.all(names.slice(at, at + AT_ONCE).map((name) => held.writeNode(name)));
  }
}

async function startOnce(hostport: RunningHostport): Promise<Start> {
  const { manager, seconds, mebibytes } = await startManager(hostport);
  const [body = ''] = await metricsOf([manager]);
  const counted = /^hostport_pool_numbers\{pool="relays",state="allocated"\} (\d+)/m.exec(body)?.[1];
  invariant(counted === String(HELD), `the manager counts ${counted ?? 'no'} held numbers, not ${HELD}`);
  await manager.kill('SIGTERM');
  return { seconds, mebibytes, pauses: pausesIn(body) };
}
