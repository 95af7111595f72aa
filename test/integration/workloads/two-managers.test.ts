import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { podAnnotations } from '../../../src/api/index.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PORTS, asking, deployment, rolledOut } from './fleet.ts';
import { unhurriedPlane } from './plane.ts';
import { inOrder, numbersOf, podsOf } from './pod-books.ts';

const REPLICAS = 250;
/** Of all writes. */
const MOST_STALE = 0.02;

let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  plane = await unhurriedPlane();
  hostport = await startHostport({ plane, managers: 2, recordPods: true });
  await hostport.objects.createPool('wide', { ranges: ['24000-27999'], cooldown: '1s' });
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
});

test.each(['Sequential', 'Stride', 'Random'])(
  'two managers that let the pods of a Deployment in make next to none of each other’s writes stale: %s',
  async (strategy) => {
    const before = await writes();
    const name = `of-${strategy.toLowerCase()}`;
    const annotations = asking('wide', { [podAnnotations.strategy]: strategy });
    await hostport.apply(deployment({ name, replicas: REPLICAS, annotations }));
    await rolledOut(hostport, [`deployment/${name}`]);
    await inOrder(hostport);
    const after = await writes();

    const numbers = (await podsOf(hostport, name)).flatMap((pod) => [...numbersOf(pod).values()]);
    expect(new Set(numbers).size).toBe(PORTS.length * REPLICAS);
    const written = after.map((counts, at) => counts.written - (before[at]?.written ?? 0));
    const stale = after.map((counts, at) => counts.stale - (before[at]?.stale ?? 0));
    // Both take part.
    for (const count of written) expect(count).toBeGreaterThan(10);
    expect(sumOf(stale)).toBeLessThanOrEqual(MOST_STALE * sumOf([...written, ...stale]));

    await succeed(hostport.kubectl(['delete', `deployment/${name}`, '--wait=false']));
    await hostport.eventually(() => podsOf(hostport, name), ({ length }) => length === 0, 'all pods are gone', 60_000);
    await inOrder(hostport);
    expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
  },
  240_000,
);

interface Counts {
  readonly written: number;
  readonly stale: number;
}

/** What each manager says of its writes to the ledger so far. */
function writes(): Promise<readonly Counts[]> {
  return Promise.all(
    hostport.managers.map(async (manager) => {
      const { body } = await manager.get('/metrics');
      const found = [...body.matchAll(/^hostport_ledger_writes_total\{result="(\w+)"\} (\d+)/gm)];
      const counts = new Map(found.map(([, result, count]) => [result, Number(count)]));
      return { written: counts.get('written') ?? 0, stale: counts.get('stale') ?? 0 };
    }),
  );
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
