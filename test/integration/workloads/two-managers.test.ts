import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { podAnnotations } from '../../../src/api/index.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PORTS, asking, deployment, rolledOut } from './fleet.ts';
import { unhurriedPlane } from './plane.ts';
import { inOrder, numbersOf, podsOf } from './pod-books.ts';

const REPLICAS = 250;
/** Of all writes while pods are created, of which there are few; with one of two managers confirming all it is a tenth. */
const MOST_STALE = 0.05;
/** Of all writes of whole lives. */
const MOST_STALE_IN_ALL = 0.02;

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

test.each(['Sequential', 'Stride'])(
  'two managers that let the pods of a Deployment in make next to none of each other’s writes stale: %s',
  async (strategy) => {
    const before = await writes();
    const name = `of-${strategy.toLowerCase()}`;
    const annotations = asking('wide', { [podAnnotations.strategy]: strategy });
    await hostport.apply(deployment({ name, replicas: REPLICAS, annotations }));
    await rolledOut(hostport, [`deployment/${name}`]);
    await inOrder(hostport);
    const created = spent(before, await writes());
    // Both take part.
    for (const { written } of created) expect(written).toBeGreaterThan(10);
    expect(staleShare(created)).toBeLessThan(MOST_STALE);

    const numbers = (await podsOf(hostport, name)).flatMap((pod) => [...numbersOf(pod).values()]);
    expect(new Set(numbers).size).toBe(PORTS.length * REPLICAS);
    await succeed(hostport.kubectl(['delete', `deployment/${name}`, '--wait=false']));
    await hostport.eventually(
      () => podsOf(hostport, name),
      ({ length }) => length === 0,
      'all pods are gone',
      60_000,
    );
    await inOrder(hostport);
    expect(staleShare(spent(before, await writes()))).toBeLessThan(MOST_STALE_IN_ALL);
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

/** What each manager wrote since. */
function spent(before: readonly Counts[], after: readonly Counts[]): readonly Counts[] {
  return after.map(({ written, stale }, at) => ({
    written: written - (before[at]?.written ?? 0),
    stale: stale - (before[at]?.stale ?? 0),
  }));
}

function staleShare(counts: readonly Counts[]): number {
  const [written, stale] = counts.reduce(([all, lost], each) => [all + each.written, lost + each.stale], [0, 0]);
  return stale / (written + stale);
}
