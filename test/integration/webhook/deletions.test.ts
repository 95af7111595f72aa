import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PortAllocation } from '../../../src/api/index.ts';
import { Pods } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { Run, RunningHostport } from '../../support/hostport/hostport.ts';
import {
  makeNamespaceWithAccount,
  numbersUnder,
  podNamed,
  podsOf,
  assignedTo,
  whenFree,
  whenHeld,
  whenThere,
} from './holdings.ts';
import { ENABLED, HTTP, allocatorOf, podOf, workloadOf } from './manifests.ts';
import type { Asked } from './manifests.ts';
import { Witness } from './witness.ts';

/** A node that is there and does nothing: nothing starts its pods, and nothing ends them. */
const IDLE = 'idle';
const ON_IDLE = { nodeName: IDLE, tolerations: [{ operator: 'Exists' }] };
/** Two sweeps and the 5 s between the looks of one; of what may be asked for again the life of a reservation lies between them. */
const SWEPT_MS = 60_000;
/** The garbage collector learns of a new kind within half a minute. */
const COLLECTED_MS = 60_000;

let plane: ControlPlane;
let hostport: RunningHostport;
let witness: Witness;
beforeAll(async () => {
  plane = await obtainControlPlane({
    nodes: 2,
    kwokArgs: ['--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake'],
  });
  hostport = await startHostport({ plane, managers: 2, sweepInterval: '1s' });
  const taints = [{ key: 'example.com/idle', effect: 'NoSchedule' }];
  await hostport.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: IDLE }, spec: { taints } });
  await hostport.objects.editPool('default', { cooldown: '0s' });
  witness = new Witness(hostport);
  await witness.start();
});
afterAll(async () => {
  await witness[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
});

const remove = (...args: readonly string[]): Promise<Run> => hostport.kubectl(['delete', '--timeout=60s', ...args]);

/** What a kubelet does when it has ended a pod. */
async function end({ metadata }: Pod): Promise<void> {
  const { namespace = '', name } = metadata;
  await hostport.client.remove(Pods, { namespace, name }, { gracePeriodSeconds: 0, signal: hostport.signal });
}

const idle = (namespace: string, more: Asked = {}): Asked => ({ ...more, namespace, spec: ON_IDLE });

/** Pods of a Deployment whose pods nothing ends, once they are going; their numbers. */
async function going(app: string, namespace: string, count: number): Promise<readonly Pod[]> {
  const read = (): Promise<readonly Pod[]> => podsOf(hostport, app, namespace);
  const areGoing = (pods: readonly Pod[]): boolean =>
    pods.length === count && pods.every(({ metadata }) => metadata.deletionTimestamp !== undefined);
  return hostport.eventually(read, areGoing, `the pods of ${app} are going`);
}

function record(name: string, namespace = 'default'): Promise<PortAllocation | undefined> {
  const read = (): Promise<PortAllocation | undefined> => hostport.objects.findAllocation(name, namespace);
  return hostport.eventually(read, (found) => found?.spec.allocated === 'True', `record ${name}`);
}

describe('pods that nothing ends', () => {
  const shared = allocatorOf({ name: 'shared', env: 'SHARED_PORT', scope: 'RoleScoped' });
  const settings = { ...ENABLED, 'port-allocator': shared };

  /** Deletes a Deployment, and ends its pods long after. */
  async function deletedSlowly(mode: 'foreground' | 'background'): Promise<void> {
    const namespace = `slow-${mode}`;
    await makeNamespaceWithAccount(hostport, namespace);
    await hostport.apply(workloadOf('Deployment', 'web', 3, idle(namespace, { settings })));
    await whenThere(hostport, 'web', 3, namespace);
    const numbers = await whenHeld(hostport, `${namespace}/`, 4);
    await record('deployment-web', namespace);
    const deletion = remove('deployment', 'web', '-n', namespace, `--cascade=${mode}`);
    const pods = await going('web', namespace, 3);
    await hostport.eventually(() => Date.now(), untilPast(7_000), 'sweeps have gone by');
    expect(await numbersUnder(hostport, `${namespace}/`)).toEqual(numbers);
    for (const pod of pods) await end(pod);
    expect(await deletion).toMatchObject({ code: 0 });
    await whenFree(hostport, `${namespace}/`, SWEPT_MS);
    const left = async (): Promise<number> => (await hostport.objects.allocations(namespace)).length;
    await hostport.eventually(left, (count) => count === 0, 'no record is left', COLLECTED_MS);
  }

  test('keep their numbers while their Deployment is deleted, in whichever way, and nothing waits for us', async () => {
    await Promise.all([deletedSlowly('foreground'), deletedSlowly('background')]);
  });

  test('keep their numbers while their namespace is deleted, which ends when they do', async () => {
    const namespace = 'doomed';
    await makeNamespaceWithAccount(hostport, namespace);
    await hostport.apply(workloadOf('Deployment', 'web', 2, idle(namespace)));
    const sticky = { settings: { ...ENABLED, sticky: 'true' } };
    await hostport.apply(workloadOf('StatefulSet', 'db', 2, idle(namespace, sticky)));
    await hostport.apply(podOf('alone', idle(namespace)));
    await hostport.objects.createAllocation('voice', [{ name: 'http' }], namespace);
    await hostport.objects.given('voice', namespace);
    await hostport.apply(podOf('borrower', idle(namespace, { settings: { allocation: 'voice' } })));
    const numbers = await whenHeld(hostport, `${namespace}/`, 6);
    const deletion = remove('namespace', namespace);
    const all = async (): Promise<readonly Pod[]> =>
      (await hostport.client.list(Pods, { namespace, signal: hostport.signal })).items;
    const pods = await hostport.eventually(
      all,
      (items) => items.every(({ metadata }) => metadata.deletionTimestamp !== undefined),
      'the pods are going',
    );
    expect(pods).toHaveLength(6);
    await hostport.eventually(() => Date.now(), untilPast(7_000), 'sweeps have gone by');
    expect(await numbersUnder(hostport, `${namespace}/`)).toEqual(numbers);
    for (const pod of pods) await end(pod);
    expect(await deletion).toMatchObject({ code: 0 });
    await whenFree(hostport, `${namespace}/`, SWEPT_MS);
  }, 180_000);
});

function untilPast(ms: number): (now: number) => boolean {
  const end = Date.now() + ms;
  return (now) => now >= end;
}

describe('orphans', () => {
  const roleScoped = { 'port-allocator': allocatorOf({ name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' }) };
  const cases = [
    ['Deployment', 'deployment', ENABLED],
    ['ReplicaSet', 'replicaset', ENABLED],
    ['StatefulSet', 'statefulset', { ...ENABLED, sticky: 'true' }],
    ['Deployment', 'shared', roleScoped],
  ] as const;

  async function orphaned([kind, app, settings]: (typeof cases)[number]): Promise<void> {
    const namespace = `orphans-${app}`;
    await makeNamespaceWithAccount(hostport, namespace);
    await hostport.apply(workloadOf(kind, app, 2, idle(namespace, { settings })));
    const pods = await whenThere(hostport, app, 2, namespace);
    const told = new Set(pods.flatMap((pod) => Object.values(assignedTo(pod))));
    await whenHeld(hostport, `${namespace}/`, told.size);
    // The second time the ReplicaSets that a Deployment leaves behind; then nobody is above the pods.
    for (const above of [
      [kind, app],
      ['rs', '--all'],
    ]) {
      expect(await remove(...above, '-n', namespace, '--cascade=orphan')).toMatchObject({ code: 0 });
      await hostport.eventually(() => Date.now(), untilPast(7_000), 'sweeps have gone by');
      expect(new Set(await numbersUnder(hostport, `${namespace}/`))).toEqual(told);
    }
    for (const pod of await podsOf(hostport, app, namespace)) {
      const events = await hostport.objects.eventsOf(pod.metadata.name, namespace);
      expect(events.map(({ reason }) => reason)).not.toContain('Disputed');
      await end(pod);
    }
    await whenFree(hostport, `${namespace}/`, SWEPT_MS);
  }

  test('keep their numbers, whose ever they were, until they end', async () => {
    await Promise.all(cases.map((each) => orphaned(each)));
  });
});

describe('a record that is deleted by hand', () => {
  test('is written again while its pod lives, which is told, and nothing is freed', async () => {
    await hostport.apply(podOf('told'));
    const numbers = await whenHeld(hostport, 'default/told', 1);
    const before = await record('pod-told');
    expect(await remove('pa', 'pod-told')).toMatchObject({ code: 0 });
    const isNew = (found: PortAllocation | undefined): boolean =>
      found !== undefined && found.metadata.uid !== before?.metadata.uid;
    const after = await hostport.eventually(() => hostport.objects.findAllocation('pod-told'), isNew, 'a new record');
    expect(after?.spec).toEqual(before?.spec);
    const events = (): ReturnType<typeof hostport.objects.eventsOf> => hostport.objects.eventsOf('told');
    const isTold = (seen: Awaited<ReturnType<typeof events>>): boolean =>
      seen.some(({ reason }) => reason === 'StillHeld');
    await hostport.eventually(events, isTold, 'an Event tells that the numbers are held');
    expect(await numbersUnder(hostport, 'default/told')).toEqual(numbers);
    await remove('pod', 'told');
    await whenFree(hostport, 'default/told');
    await hostport.objects.gone('pod-told', 'default', COLLECTED_MS);
  });

  test('and its pod with it are both gone', async () => {
    await hostport.apply(podOf('both'));
    await record('pod-both');
    await Promise.all([remove('pod', 'both'), remove('pa', 'pod-both')]);
    await whenFree(hostport, 'default/both');
    await hostport.eventually(
      async () => (await hostport.objects.findAllocation('pod-both')) === undefined,
      (isGone) => isGone,
      'the record is gone',
      COLLECTED_MS,
    );
  });
});

describe('a sticky StatefulSet', () => {
  const sticky = { settings: { ...ENABLED, sticky: 'true' }, ports: [HTTP, { name: 'grpc', containerPort: 9090 }] };
  const scale = (replicas: number): Promise<string> =>
    succeed(hostport.kubectl(['scale', 'sts', 'arena', `--replicas=${replicas}`]));
  const told = async (): Promise<readonly object[]> => (await podsOf(hostport, 'arena')).map((pod) => assignedTo(pod));

  test('keeps the numbers of its ordinals over deletion of a pod and scaling', async () => {
    await hostport.apply(workloadOf('StatefulSet', 'arena', 3, sticky));
    await whenThere(hostport, 'arena', 3);
    const before = await told();
    const numbers = await whenHeld(hostport, 'default/arena', 6);
    const { uid } = (await podNamed(hostport, 'arena-1')).metadata;
    // Not waited for: kubectl may miss the end of a pod whose name is taken again at once.
    await remove('pod', 'arena-1', '--wait=false');
    const isNew = async (): Promise<boolean> =>
      (await podsOf(hostport, 'arena')).some(({ metadata }) => metadata.name === 'arena-1' && metadata.uid !== uid);
    await hostport.eventually(isNew, (seen) => seen, 'arena-1 is there again');
    expect(await told()).toEqual(before);
    await scale(0);
    await hostport.eventually(
      () => podsOf(hostport, 'arena'),
      ({ length }) => length === 0,
      'scaled to nothing',
    );
    expect(await numbersUnder(hostport, 'default/arena')).toEqual(numbers);
    await scale(3);
    await whenThere(hostport, 'arena', 3);
    expect(await told()).toEqual(before);
  });

  test('gives up those of an ordinal whose record is deleted after scaling down', async () => {
    for (const ordinal of [0, 1, 2]) await record(`statefulset-arena-${ordinal}`);
    await scale(1);
    await hostport.eventually(
      () => podsOf(hostport, 'arena'),
      ({ length }) => length === 1,
      'scaled to one',
    );
    expect(await numbersUnder(hostport, 'default/arena')).toHaveLength(6);
    await remove('pa', 'statefulset-arena-2');
    await hostport.eventually(
      () => numbersUnder(hostport, 'default/arena'),
      ({ length }) => length === 4,
      'the numbers of ordinal 2 are free',
      SWEPT_MS,
    );
    expect(await hostport.objects.findAllocation('statefulset-arena-2')).toBeUndefined();
  });

  test('gives up all of them when it is deleted', async () => {
    await remove('sts', 'arena');
    await whenFree(hostport, 'default/arena', SWEPT_MS);
  });
});

describe('a PortAllocation that a pod borrows', () => {
  const borrower = (name: string): object => podOf(name, idle('default', { settings: { allocation: 'match' } }));

  test('is one pod’s at a time, and outlives it', async () => {
    await hostport.objects.createAllocation('match', [{ name: 'http' }]);
    const [given] = await hostport.objects.given('match');
    await hostport.apply(borrower('match-1'));
    expect(assignedTo(await podNamed(hostport, 'match-1'))).toEqual({ http: given?.port });
    const second = await hostport.kubectl(['apply', '-f', '-'], borrower('match-2'));
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toContain('PortHeld: PortAllocation "match" is used by pod "match-1": delete that pod');
    await end(await podNamed(hostport, 'match-1'));
    const attempt = (): Promise<Run> => hostport.kubectl(['apply', '-f', '-'], borrower('match-2'));
    await hostport.eventually(attempt, ({ code }) => code === 0, 'the allocation is free to be used');
    expect(assignedTo(await podNamed(hostport, 'match-2'))).toEqual({ http: given?.port });
  });

  test('is not released while the pod lives', async () => {
    const numbers = await numbersUnder(hostport, 'default/match');
    expect(numbers).toHaveLength(1);
    await hostport.kubectl(['delete', 'pa', 'match', '--wait=false']);
    await hostport.eventually(() => Date.now(), untilPast(5_000), 'sweeps have gone by');
    expect(await numbersUnder(hostport, 'default/match')).toEqual(numbers);
    const late = await hostport.kubectl(['apply', '-f', '-'], borrower('match-3'));
    expect(late.stderr).toContain('is being deleted');
    await end(await podNamed(hostport, 'match-2'));
    await hostport.objects.gone('match');
    expect(await numbersUnder(hostport, 'default/match')).toEqual([]);
  });
});

test('no number was anybody else’s, or nobody’s, while a pod could use it', async () => {
  expect(await witness.faults()).toEqual([]);
  expect((await hostport.recorder.verdict()).faults).toEqual([]);
});
