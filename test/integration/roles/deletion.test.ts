import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pods } from '../../../src/kube/index.ts';
import { createNodes } from '../../support/control-plane/nodes.ts';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PATIENCE_MS, Sets, component, envOf, roleSet } from './sets.ts';
import { RoleInstanceSets } from '../../../src/api/index.ts';

let plane: ControlPlane;
let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  // Nobody ends the pods of this node but the test.
  plane = await obtainControlPlane({ kwok: false });
  await createNodes(plane, 1);
  hostport = await startHostport({ managers: 2, plane });
  sets = new Sets(hostport);
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
});

/** The garbage collector gets to know a new kind half a minute after it is there. */
const COLLECTED_MS = 90_000;

const modes = ['background', 'foreground', 'orphan'] as const;
const { template, ...named } = component('leader', {
  allocations: [
    { name: 'grpc', env: 'GRPC_PORT' },
    { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
  ],
});
const leader = { ...named, template: { ...template, spec: { ...template.spec, nodeName: 'node-1' } } };

/** Numbers of a set and of its instances, by the ledger. */
async function held(name: string): Promise<readonly number[]> {
  const holders = await hostport.holders();
  return holders.filter(({ holder }) => holder.startsWith(`default/${name}`)).map(({ number }) => number);
}

/** A set of two pods, which run until {@link end}. */
async function make(name: string): Promise<readonly number[]> {
  await hostport.apply(roleSet(name, [leader], { replicas: 2 }));
  const pods = await hostport.eventually(
    () => sets.pods(name),
    ({ length }) => length === 2,
    `${name} has its pods`,
    PATIENCE_MS,
  );
  const numbers = pods.flatMap((pod) => {
    const { GRPC_PORT, HTTP_PORT } = envOf(pod);
    return [Number(GRPC_PORT), Number(HTTP_PORT)];
  });
  return [...new Set(numbers)];
}

/** As a kubelet ends pods that are on their way out; `from` skips the first ones. */
async function end(set: string, from = 0): Promise<void> {
  const { client, signal } = hostport;
  for (const { metadata } of (await sets.pods(set)).slice(from)) {
    const { name, uid } = metadata;
    const preconditions = { uid };
    await client.remove(Pods, { namespace: 'default', name }, { gracePeriodSeconds: 0, preconditions, signal });
  }
}

async function remove(name: string, mode: (typeof modes)[number]): Promise<void> {
  const propagationPolicy = ({ background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const)[mode];
  const { client, signal } = hostport;
  await client.remove(RoleInstanceSets, { namespace: 'default', name }, { propagationPolicy, signal });
}

/** Follows a deletion to its end: nothing is free while a pod has it, and nothing held when the last is gone. */
async function follow(name: string, numbers: readonly number[], mode: (typeof modes)[number]): Promise<void> {
  await hostport.eventually(
    () => sets.find(name),
    (set) => set === undefined,
    `${name} is gone`,
    COLLECTED_MS,
  );
  if (mode === 'orphan') {
    // The instances go on without it, until somebody deletes them.
    expect((await sets.pods(name)).map(({ metadata }) => metadata.deletionTimestamp)).toEqual([undefined, undefined]);
    await hostport.kubectl(['delete', 'ri', '-l', `hostport.io/role-instance-set=${name}`, '--wait=false']);
  }
  await hostport.eventually(
    () => sets.pods(name),
    (pods) => pods.length === 2 && pods.every(({ metadata }) => metadata.deletionTimestamp !== undefined),
    `the pods of ${name} are on their way out`,
    COLLECTED_MS,
  );
  expect(new Set(await held(name))).toEqual(new Set(numbers));
  await end(name, 1);
  await hostport.eventually(
    () => sets.pods(name),
    ({ length }) => length === 1,
    'one pod is left',
    PATIENCE_MS,
  );
  const [last] = await sets.pods(name);
  const { GRPC_PORT, HTTP_PORT } = envOf(last);
  const holders = await held(name);
  expect(holders).toEqual(expect.arrayContaining([Number(GRPC_PORT), Number(HTTP_PORT)]));
  await end(name);
  await hostport.eventually(
    () => held(name),
    ({ length }) => length === 0,
    `nothing is held for ${name}`,
    PATIENCE_MS,
  );
  await hostport.eventually(
    async () =>
      (await hostport.objects.allocations('default')).filter(({ spec }) => spec.recordOf?.name.startsWith(name)),
    ({ length }) => length === 0,
    `no record of ${name} is left`,
    PATIENCE_MS,
  );
}

/** Ends the pods of a set as soon as they are on their way out. */
async function goAndEnd(name: string): Promise<void> {
  await hostport.eventually(
    () => sets.pods(name),
    (pods) => pods.every(({ metadata }) => metadata.deletionTimestamp !== undefined),
    `the pods of ${name} are on their way out`,
    COLLECTED_MS,
  );
  await end(name);
}

describe('a set that is deleted keeps its numbers until its last pod is gone', () => {
  test.each(modes)('--cascade=%s', async (mode) => {
    const numbers = await make(mode);
    await remove(mode, mode);
    await follow(mode, numbers, mode);
  });

  test('though no manager runs at first', async () => {
    const numbers = await Promise.all(modes.map((mode) => make(`unseen-${mode}`)));
    await Promise.all(hostport.managers.map((manager) => manager.kill('SIGKILL')));
    for (const mode of modes) await remove(`unseen-${mode}`, mode);
    for (const manager of hostport.managers) await manager.start();
    await hostport.whenReady(PATIENCE_MS);
    for (const [at, mode] of modes.entries()) await follow(`unseen-${mode}`, numbers[at] ?? [], mode);
  });
});

test('a set that is made again at once has the numbers that it had, when the pods of before are gone', async () => {
  const numbers = await make('phoenix');
  await remove('phoenix', 'background');
  await hostport.apply(roleSet('phoenix', [leader], { replicas: 2 }));
  await hostport.eventually(
    () => sets.pods('phoenix'),
    (pods) => pods.every(({ metadata }) => metadata.deletionTimestamp !== undefined),
    'the pods of before are on their way out',
    COLLECTED_MS,
  );
  await end('phoenix');
  await hostport.eventually(
    () => sets.pods('phoenix'),
    (pods) => pods.length === 2 && pods.every(({ metadata }) => metadata.deletionTimestamp === undefined),
    'it has new pods',
    PATIENCE_MS,
  );
  expect(new Set(await held('phoenix'))).toEqual(new Set(numbers));
  await remove('phoenix', 'foreground');
  await goAndEnd('phoenix');
  await hostport.eventually(
    () => held('phoenix'),
    ({ length }) => length === 0,
    'nothing is held',
    PATIENCE_MS,
  );
});

test('instances that were orphaned are taken over by a set of that name, with their pods and numbers', async () => {
  await make('heirs');
  const pods = (await sets.pods('heirs')).map(({ metadata }) => metadata.uid);
  const numbers = await held('heirs');
  await remove('heirs', 'orphan');
  await hostport.eventually(
    () => sets.find('heirs'),
    (set) => set === undefined,
    'the set is gone',
    COLLECTED_MS,
  );
  await hostport.apply(roleSet('heirs', [leader], { replicas: 2 }));
  await sets.says('heirs', 'Progressing', ({ reason }) => reason === 'Complete');
  expect((await sets.pods('heirs')).map(({ metadata }) => metadata.uid)).toEqual(pods);
  expect(await held('heirs')).toEqual(numbers);
  await remove('heirs', 'background');
  await goAndEnd('heirs');
  await hostport.eventually(
    () => held('heirs'),
    ({ length }) => length === 0,
    'nothing is held',
    PATIENCE_MS,
  );
});

test('a pool never showed a number to two at once', async () => {
  const { faults } = await hostport.recorder.verdict();
  expect(faults).toEqual([]);
});
