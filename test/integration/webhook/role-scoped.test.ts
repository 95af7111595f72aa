import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { assignedTo, whenFree, whenHeld, whenThere } from './holdings.ts';
import { allocatorOf, jobOf, workloadOf } from './manifests.ts';
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
  const numbersOf = (pods: readonly Pod[]): readonly unknown[] => [
    ...new Set(pods.map((pod) => assignedTo(pod)['rpc'])),
  ];

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

test('no number was anybody else’s, or nobody’s, while a pod could use it', async () => {
  expect(await witness.faults()).toEqual([]);
  expect((await hostport.recorder.verdict()).faults).toEqual([]);
});
