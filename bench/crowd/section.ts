import { startControlPlane } from '../../test/support/control-plane/control-plane.ts';
import { freePort } from '../../test/support/control-plane/ports.ts';
import { startHostport } from '../../test/support/hostport/hostport.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { SETTLE_MS, startManager } from '../manager/start.ts';
import { PAUSES_MEAN, pauseCells, pauseColumns, readPauses } from '../pauses.ts';
import type { Pauses } from '../pauses.ts';
import { tell } from '../progress.ts';
import type { Section, Verdict } from '../report.ts';
import { figure } from '../statistics.ts';
import { Crowd } from './crowd.ts';
import type { Size } from './crowd.ts';
import { inspectorOptions, keptHeap } from './heap.ts';

/** What a start beside a crowd may cost. */
interface Bar {
  readonly seconds: number;
  readonly mebibytes: number;
}

const SIZES: readonly (Size & { readonly bar?: Bar })[] = [
  { pods: 10_000, nodes: 1_000 },
  { pods: 30_000, nodes: 1_000, bar: { seconds: 10, mebibytes: 256 } },
];
/** Takes minutes to write, so that it is measured on demand. */
const LARGEST = { pods: 100_000, nodes: 5_000, bar: { seconds: 60, mebibytes: 512 } };
const MOST_BYTES_A_POD = 300;
const STARTS = 3;

interface Start extends Size {
  readonly seconds: number;
  readonly mebibytes: number;
  readonly pauses: Pauses;
  /** On the heap after a collection, in bytes. */
  readonly kept: number;
}

/** How long a manager takes to be ready, and how much memory, where most pods have nothing to do with it. */
export async function measureCrowd(): Promise<Section> {
  await using owned = new AsyncDisposableStack();
  const plane = owned.use(await startControlPlane({ controllerManager: false, scheduler: false, kwok: false }));
  const port = await freePort();
  const env = inspectorOptions(port);
  const hostport = owned.use(await startHostport({ plane, managers: 0, record: false, env }));
  const crowd = owned.use(new Crowd(plane.kubeconfig));
  const starts: Start[] = [];
  const verdicts: Verdict[] = [];
  for (const { bar, ...size } of process.env['CROWD'] === String(LARGEST.pods) ? [...SIZES, LARGEST] : SIZES) {
    await crowd.growTo(size);
    const own: Start[] = [];
    for (let count = 1; count <= STARTS; count++) {
      tell(`crowd: ${nameOf(size)}: start ${count} of ${STARTS}`);
      own.push({ ...size, ...(await startOnce(hostport, port)) });
    }
    starts.push(...own);
    if (bar !== undefined) verdicts.push(...verdictsOn(size, own, bar));
  }
  return {
    title: 'Start beside a crowd',
    method: `Pods that ask for nothing, about 7 KB each (two containers with 25 variables each, probes, volumes), and nodes with 50 images each; from the start of the process to its being ready. Peak resident memory until ${SETTLE_MS / 1000} s later: election, first reconciles, a sweep. What stays on the heap is measured after a full collection. ${PAUSES_MEAN} ${LARGEST.pods.toLocaleString('en-US')} pods are measured with CROWD=${LARGEST.pods} alone.`,
    columns: ['pods', 'nodes', 'ready after', 'peak memory', ...pauseColumns, 'stays on the heap'],
    rows: starts.map(rowOf),
    verdicts: [...verdicts, growthIn(starts)],
  };
}

async function startOnce(hostport: RunningHostport, inspectorPort: number): Promise<Omit<Start, keyof Size>> {
  const { manager, seconds, mebibytes } = await startManager(hostport);
  const pauses = await readPauses([manager]);
  const kept = await keptHeap(manager, inspectorPort);
  await manager.kill('SIGTERM');
  return { seconds, mebibytes, pauses, kept };
}

function verdictsOn(size: Size, starts: readonly Start[], bar: Bar): readonly Verdict[] {
  const seconds = Math.max(...starts.map((start) => start.seconds));
  const mebibytes = Math.max(...starts.map((start) => start.mebibytes));
  const what = `start beside ${nameOf(size)}`;
  return [
    {
      what: `${what}: ready, slowest of ${STARTS}`,
      bar: `≤ ${bar.seconds} s`,
      measured: `${figure(seconds)} s`,
      met: seconds <= bar.seconds,
    },
    {
      what: `${what}: peak memory, largest of ${STARTS}`,
      bar: `< ${bar.mebibytes} MiB`,
      measured: `${figure(mebibytes)} MiB`,
      met: mebibytes < bar.mebibytes,
    },
  ];
}

/** What each further pod costs for good, from the smallest crowd to the next. */
function growthIn(starts: readonly Start[]): Verdict {
  const [few, many] = SIZES.map(({ pods }) => {
    const kept = starts.filter((start) => start.pods === pods).map((start) => start.kept);
    return { pods, kept: Math.min(...kept) };
  });
  const bytes = ((many?.kept ?? NaN) - (few?.kept ?? NaN)) / ((many?.pods ?? NaN) - (few?.pods ?? NaN));
  return {
    what: 'what stays on the heap of each further pod that asks for nothing',
    bar: `< ${MOST_BYTES_A_POD} bytes`,
    measured: `${figure(bytes)} bytes`,
    met: bytes < MOST_BYTES_A_POD,
  };
}

function nameOf({ pods, nodes }: Size): string {
  return `${pods.toLocaleString('en-US')} pods on ${nodes.toLocaleString('en-US')} nodes`;
}

function rowOf({ pods, nodes, seconds, mebibytes, pauses, kept }: Start): readonly string[] {
  const counts = [pods, nodes].map((count) => count.toLocaleString('en-US'));
  return [
    ...counts,
    `${figure(seconds)} s`,
    `${figure(mebibytes)} MiB`,
    ...pauseCells(pauses),
    `${figure(kept / 2 ** 20)} MiB`,
  ];
}
