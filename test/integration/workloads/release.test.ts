import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Nodes, Pods } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { SOON_MS } from '../manager/expectations.ts';
import { PORTS, asking, job, pods } from './fleet.ts';
import { BARE_NODE, unhurriedPlane } from './plane.ts';
import { numbersOf, podsOf, recordsIn } from './pod-books.ts';

/** Of each pool there is room for one pod: whoever comes next gets in when its numbers are free, and not before. */
const POOLS = ['finished', 'failed', 'deleted', 'cooling', 'lasting', 'forced', 'unscheduled', 'canary'] as const;
type Pool = (typeof POOLS)[number];

/** The garbage collector, which takes away the records of pods that are gone, learns of a new kind within half a minute. */
const RECORD_MS = 60_000;

let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  plane = await unhurriedPlane();
  hostport = await startHostport({ plane, sweepInterval: '1s', reservationLife: '2s', recordPods: true });
  for (const [at, name] of POOLS.entries()) {
    const first = 24_000 + 64 * at;
    const ranges = [`${first}-${first + PORTS.length - 1}`];
    await hostport.objects.createPool(name, { ranges, cooldown: name === 'cooling' ? '1h' : '0s' });
  }
  await hostport.client.create(Nodes, { metadata: { name: BARE_NODE } }, { signal: hostport.signal });
});
afterAll(async () => {
  const verdict = await hostport.recorder.verdict();
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
  expect(verdict).toMatchObject({ faults: [], gaps: [] });
});

/** Creates a pod that wants all numbers of a pool, and says how that ended. */
async function tryToCreate(name: string, pool: Pool, spec: object = {}) {
  const [pod] = pods({ name, replicas: 1, annotations: asking(pool) }) as readonly { readonly spec: object }[];
  return hostport.kubectl(['create', '-f', '-'], { ...pod, spec: { ...pod?.spec, ...spec } });
}

async function create(name: string, pool: Pool, spec?: object): Promise<void> {
  expect(await tryToCreate(name, pool, spec)).toMatchObject({ code: 0 });
  await hostport.eventually(
    () => stateOf(pool),
    (states) => states.length === PORTS.length && states.every((state) => state === `held ${name}-0`),
    `the numbers of ${name}-0 are held`,
    SOON_MS,
  );
  await recordOf(`${name}-0`, true);
}

/** What the ledger says about the numbers of a pool. */
async function stateOf(pool: Pool): Promise<readonly string[]> {
  const claims = (await hostport.ledger()).flatMap((block) => block.claims);
  return claims.filter((claim) => claim.pool === pool).map(({ state, holder }) => `${state} ${holder.name}`);
}

/** Waits until the pool's numbers are free, by the ledger and by the record that is gone. */
async function released(pool: Pool, pod: string): Promise<void> {
  await hostport.eventually(
    () => stateOf(pool),
    ({ length }) => length === 0,
    `numbers of ${pool} are free`,
    SOON_MS,
  );
  await recordOf(pod, false);
}

async function recordOf(pod: string, isThere: boolean): Promise<void> {
  const read = async () => (await recordsIn(hostport)).some(({ spec }) => spec.recordOf?.name === pod);
  await hostport.eventually(read, (found) => found === isThere, `a record of ${pod}: ${isThere}`, RECORD_MS);
}

function find(name: string): Promise<Pod | undefined> {
  return hostport.client.find(Pods, { namespace: 'default', name }, { signal: hostport.signal });
}

/** What the kubelet of the bare node would say: of the first container, and of the others. */
async function report(name: string, phase: string, ...[first, others = first]: readonly object[]): Promise<void> {
  const names = (await find(name))?.spec.containers.map((container) => container.name) ?? [];
  const containerStatuses = names.map((container, at) => ({
    ...{ name: container, image: 'pause', imageID: '', ready: phase === 'Running', restartCount: 0 },
    state: at === 0 ? first : others,
  }));
  const change = { type: 'merge', body: { status: { phase, containerStatuses } }, subresource: 'status' } as const;
  await hostport.client.patch(Pods, { namespace: 'default', name }, { ...change, signal: hostport.signal });
}

const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const terminated = { terminated: { exitCode: 0, finishedAt: '2026-01-01T00:00:00Z' } };

/**
 * Waits until a sweep has gone through everything, twice 5 s apart: a reservation of a pod that the API server refuses
 * after us, since it is no valid one, is freed by nothing else.
 */
async function sweepIsOver(): Promise<void> {
  expect(await tryToCreate('invalid', 'canary', { restartPolicy: 'Perhaps' })).toMatchObject({ code: 1 });
  expect(await stateOf('canary')).toEqual(PORTS.map(() => 'reserved invalid-0'));
  const read = (): Promise<readonly string[]> => stateOf('canary');
  await hostport.eventually(read, ({ length }) => length === 0, 'what nobody came for is freed');
}

async function expectNoRoom(pool: Pool): Promise<void> {
  const run = await tryToCreate('newcomer', pool);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('PoolExhausted');
}

test('a finished pod of a Job gives its numbers back while it is still there', async () => {
  await hostport.apply(job({ name: 'finished', replicas: 1, annotations: asking('finished') }));
  await succeed(hostport.kubectl(['wait', '--for=condition=complete', 'job/finished', '--timeout=60s']));
  const [pod] = await podsOf(hostport, 'finished');
  await released('finished', pod?.metadata.name ?? '');
  expect((await podsOf(hostport, 'finished')).map(({ status }) => status?.phase)).toEqual(['Succeeded']);
  await create('heir-of-finished', 'finished');
});

test('so does one that failed', async () => {
  await create('failing', 'failed', { nodeName: BARE_NODE });
  await report('failing-0', 'Failed', terminated);
  await released('failed', 'failing-0');
  expect(await find('failing-0')).toMatchObject({ status: { phase: 'Failed' } });
});

test('the numbers of a deleted pod come back', async () => {
  await create('deleted', 'deleted');
  await expectNoRoom('deleted');
  await succeed(hostport.kubectl(['delete', 'pod', 'deleted-0', '--timeout=30s']));
  await released('deleted', 'deleted-0');
  await create('heir-of-deleted', 'deleted');
});

test('with a cooldown they come back to the same name alone, and are the same', async () => {
  await create('cooling', 'cooling');
  const before = numbersOf((await find('cooling-0')) as Pod);
  await succeed(hostport.kubectl(['delete', 'pod', 'cooling-0', '--timeout=30s']));
  await hostport.eventually(
    () => stateOf('cooling'),
    (states) => states.length === PORTS.length && states.every((state) => state === 'cooling cooling-0'),
    'its numbers cool',
    SOON_MS,
  );
  await expectNoRoom('cooling');
  await create('cooling', 'cooling');
  expect(numbersOf((await find('cooling-0')) as Pod)).toEqual(before);
});

test('a terminating pod keeps its numbers as long as anything of it may run', async () => {
  await create('lasting', 'lasting', { nodeName: BARE_NODE });
  await report('lasting-0', 'Running', running);
  await succeed(hostport.kubectl(['delete', 'pod', 'lasting-0', '--grace-period=1', '--wait=false']));
  const held = await stateOf('lasting');
  await sweepIsOver();
  await expectNoRoom('lasting');
  await report('lasting-0', 'Running', terminated, running);
  await sweepIsOver();
  await expectNoRoom('lasting');
  expect(await stateOf('lasting')).toEqual(held);

  await report('lasting-0', 'Running', terminated);
  await released('lasting', 'lasting-0');
  expect((await find('lasting-0'))?.metadata.deletionTimestamp).toBeDefined();
});

test('a pod that is deleted by force gives them back when it is gone', async () => {
  await create('forced', 'forced', { nodeName: BARE_NODE });
  await report('forced-0', 'Running', running);
  await succeed(hostport.kubectl(['delete', 'pod', 'forced-0', '--force', '--grace-period=0', '--timeout=30s']));
  await released('forced', 'forced-0');
});

test('a terminating pod that never came to a node gives them back, whatever finalizer it has', async () => {
  await create('unscheduled', 'unscheduled', { nodeSelector: { batch: 'never' } });
  const setFinalizers = async (finalizers: readonly string[]): Promise<void> => {
    const patch = JSON.stringify({ metadata: { finalizers } });
    await succeed(hostport.kubectl(['patch', 'pod', 'unscheduled-0', '--type=merge', '-p', patch]));
  };
  await setFinalizers(['example.com/stays']);
  await succeed(hostport.kubectl(['delete', 'pod', 'unscheduled-0', '--wait=false']));
  await released('unscheduled', 'unscheduled-0');
  expect((await find('unscheduled-0'))?.metadata.deletionTimestamp).toBeDefined();
  await setFinalizers([]);
});
