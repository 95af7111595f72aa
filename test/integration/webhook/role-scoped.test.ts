import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { claimsOf, toldTo, whenFree, whenHeld, whenThere } from './holdings.ts';
import { allocatorOf, jobOf, podOf, workloadOf } from './manifests.ts';
import type { Asked } from './manifests.ts';
import { Witness } from './witness.ts';

/** Pods that stay, and that no node ends. */
const UNSTARTED = { schedulingGates: [{ name: 'example.com/hold' }] };

let hostport: RunningHostport;
let witness: Witness;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, nodes: 2, sweepInterval: '1s', reservationLife: '10s' });
  witness = new Witness(hostport);
  await witness.start();
});
afterAll(async () => {
  await witness[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

describe('a RoleScoped number', () => {
  const asked: Asked = {
    settings: { 'port-allocator': allocatorOf({ name: 'rpc', env: 'RPC_PORT', scope: 'RoleScoped' }) },
  };
  const numbersOf = (pods: readonly Pod[]): readonly unknown[] => [...new Set(pods.map((pod) => toldTo(pod)['rpc']))];

  test('is one for all pods of a Deployment, also after a rollout', async () => {
    await hostport.apply(workloadOf('Deployment', 'roles', 3, asked));
    const [number] = numbersOf(await whenThere(hostport, 'roles', 3));
    expect(await whenHeld(hostport, 'default/roles', 1)).toEqual([number]);
    await succeed(hostport.kubectl(['rollout', 'restart', 'deployment', 'roles']));
    await succeed(hostport.kubectl(['rollout', 'status', 'deployment', 'roles', '--timeout=60s']));
    const after = await whenThere(hostport, 'roles', 3);
    expect(numbersOf(after)).toEqual([number]);
    expect(after[0]?.spec.containers[0]?.env).toContainEqual({ name: 'RPC_PORT', value: String(number) });
    await succeed(hostport.kubectl(['delete', 'deployment', 'roles']));
    await whenFree(hostport, 'default/roles', 60_000);
  });

  test('is one for all pods of a DaemonSet', async () => {
    await hostport.apply(workloadOf('DaemonSet', 'agents', 0, asked));
    const pods = await whenThere(hostport, 'agents', 2);
    expect(numbersOf(pods)).toHaveLength(1);
    expect(await whenHeld(hostport, 'default/agents', 1)).toEqual(numbersOf(pods));
    await succeed(hostport.kubectl(['delete', 'daemonset', 'agents']));
    await whenFree(hostport, 'default/agents', 60_000);
  });

  test('is the Job’s, and of a CronJob the CronJob’s over all its Jobs', async () => {
    const job = jobOf('batch', { ...asked, spec: UNSTARTED });
    await hostport.apply({ ...job, spec: { ...job.spec, parallelism: 2, completions: 2 } });
    const pods = await whenThere(hostport, 'batch', 2);
    expect(await whenHeld(hostport, 'default/batch', 1)).toEqual(numbersOf(pods));
    const schedule = {
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: jobOf('nightly', { ...asked, spec: UNSTARTED }).spec },
    };
    await hostport.apply({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly', namespace: 'default' },
      spec: schedule,
    });
    for (const at of [1, 2]) {
      await succeed(hostport.kubectl(['create', 'job', `nightly-${at}`, '--from=cronjob/nightly']));
    }
    const nights = await whenThere(hostport, 'nightly', 2);
    expect(numbersOf(nights)).toHaveLength(1);
    expect(await whenHeld(hostport, 'default/nightly', 1)).toEqual(numbersOf(nights));
  });
});

test('a number that a template no longer asks for comes back when its last pod is gone', async () => {
  const entry = (name: string): object => ({ name, env: name.toUpperCase(), scope: 'RoleScoped' });
  const asking = (...names: readonly string[]): Asked => ({
    settings: { 'port-allocator': allocatorOf(...names.map(entry)) },
  });
  await hostport.apply(workloadOf('Deployment', 'drops', 2, asking('stays', 'goes')));
  const [pod] = await whenThere(hostport, 'drops', 2);
  await whenHeld(hostport, 'default/drops', 2);
  await hostport.apply(workloadOf('Deployment', 'drops', 2, asking('stays')));
  await succeed(hostport.kubectl(['rollout', 'status', 'deployment', 'drops', '--timeout=60s']));
  const ports = async (): Promise<readonly string[]> =>
    (await claimsOf(hostport, 'default/drops')).map(({ port }) => port);
  await hostport.eventually(
    ports,
    (left) => left.join() === 'stays',
    'only the port that is asked for is held',
    60_000,
  );
  expect(toldTo((await whenThere(hostport, 'drops', 2))[0] ?? { metadata: {} as Pod['metadata'] })).toEqual({
    stays: pod === undefined ? NaN : toldTo(pod)['stays'],
  });
});

test('numbers of a pod are given back when its controller can’t have those that it shares', async () => {
  await hostport.objects.createPool('three', { ranges: ['19300-19302'], cooldown: '0s' });
  const shared = { name: 'rpc', env: 'RPC', scope: 'RoleScoped', count: 2 };
  const own = { name: 'own', env: 'OWN', count: 2 };
  const asked: Asked = { settings: { pool: 'three', 'port-allocator': allocatorOf(own, shared) } };
  await hostport.apply(workloadOf('StatefulSet', 'greedy', 0, asked));
  const uid = await succeed(hostport.kubectl(['get', 'statefulset', 'greedy', '-o', 'jsonpath={.metadata.uid}']));
  const pod = podOf('greedy-pod', asked);
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'greedy', uid, controller: true };
  const manifest = { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } };
  const { stderr } = await hostport.kubectl(['create', '-f', '-'], manifest);
  expect(stderr).toContain('PoolExhausted');
  // At once, long before a reservation ends by itself.
  expect(await claimsOf(hostport, 'default/greedy')).toEqual([]);
});

test('no number was anybody else’s, or nobody’s, while a pod could use it', async () => {
  expect(await witness.faults()).toEqual([]);
  expect((await hostport.recorder.verdict()).faults).toEqual([]);
});
