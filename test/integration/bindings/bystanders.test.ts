import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pods } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { auditFolder, auditedCalls } from '../../support/control-plane/audit.ts';
import type { AuditedCall } from '../../support/control-plane/audit.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { poolShows } from '../manager/expectations.ts';
import { create, whenHeld } from '../webhook/holdings.ts';
import { podOf } from '../webhook/manifests.ts';
import type { Asked } from '../webhook/manifests.ts';
import { makeNodeNamespace } from './fleet.ts';

const NAMESPACE = 'bystanders';
const PODS = 10;
/** Nobody schedules these pods: the test binds them itself. */
const BY_HAND = { schedulerName: 'nobody' };

let folder: string;
let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  folder = auditFolder() ?? mkdtempSync(join(tmpdir(), 'hostport-bystanders-'));
  plane = await startControlPlane({ nodes: 2, scheduler: false, auditFolder: folder });
  hostport = await startHostport({ plane, sweepInterval: '1s' });
  await hostport.objects.createPool('few', { ranges: ['7200-7204'], cooldown: '0s' });
  await makeNodeNamespace(hostport, NAMESPACE);
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
  if (folder !== auditFolder()) rmSync(folder, { recursive: true, force: true });
});

/** A pod that asks for nothing. */
const ordinary = (name: string, asked: Asked = {}): object =>
  podOf(name, { namespace: NAMESPACE, settings: {}, spec: BY_HAND, ...asked });

async function bind({ metadata: { name, uid } }: Pod, node: string): Promise<void> {
  const target = { apiVersion: 'v1', kind: 'Node', name: node };
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace: NAMESPACE, uid }, target };
  const { client, signal } = hostport;
  await client.createSubresource(Pods, { namespace: NAMESPACE, name }, { subresource: 'binding', body, signal });
}

/** What the manager has asked so far. The log is written in batches: what comes later than `since` is in it, so all before is. */
async function askedBy(since: number): Promise<readonly AuditedCall[]> {
  const read = (): Promise<readonly AuditedCall[]> => Promise.resolve(auditedCalls(plane.dir, folder));
  return hostport.eventually(read, (calls) => calls.some(({ at }) => at > since), 'the log goes on', 60_000);
}

test('the Binding of a pod that asks for nothing is answered without asking the API server for the pod', async () => {
  const pods: Pod[] = [];
  for (let at = 0; at < PODS; at++) pods.push(await create(hostport, ordinary(`plain-${at}`)));
  // Pods are seen in order: the leader, which is the only manager, has seen those before.
  await create(hostport, podOf('marker', { namespace: NAMESPACE, spec: BY_HAND, settings: { enabled: 'true' } }));
  await whenHeld(hostport, `${NAMESPACE}/marker`, 1);
  for (const pod of pods) await bind(pod, 'node-1');
  const { body } = await hostport.manager().get('/metrics');
  const answered = [...body.matchAll(/^hostport_webhook_seconds_count\{webhook="bindings?".*\} (\d+)/gm)];
  expect(answered.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(PODS);
  const calls = (await askedBy(Date.now())).filter(({ resource, verb }) => resource === 'pods' && verb === 'get');
  expect(calls.map(({ name }) => name)).toEqual([]);
});

describe('a pod that never asked', () => {
  test('takes a number of a pool as soon as it says so, bound or not, until it ends', async () => {
    await poolShows(hostport, 'few', { blocked: 0, free: 5 });
    const spec = { ...BY_HAND, hostNetwork: true };
    const first = await create(hostport, ordinary('on-host', { spec, ports: [{ containerPort: 7200 }] }));
    await poolShows(hostport, 'few', { blocked: 1, free: 4 });
    await bind(first, 'node-1');
    const mapped = [{ containerPort: 80, hostPort: 7201 }];
    await create(hostport, ordinary('mapped', { spec: { ...BY_HAND, nodeName: 'node-2' }, ports: mapped }));
    await poolShows(hostport, 'few', { blocked: 2, free: 3 });
    await succeed(hostport.kubectl(['delete', 'pod', 'on-host', 'mapped', '-n', NAMESPACE, '--timeout=60s']));
    await poolShows(hostport, 'few', { blocked: 0, free: 5 });
  });

  test('and has finished takes none, though it is there', async () => {
    const mapped = [{ containerPort: 80, hostPort: 7202 }];
    const pod = await create(hostport, ordinary('job', { ports: mapped }));
    await poolShows(hostport, 'few', { blocked: 1 });
    const body = { status: { phase: 'Failed' } };
    const change = { type: 'merge', body, subresource: 'status', signal: hostport.signal } as const;
    await hostport.client.patch(Pods, { namespace: NAMESPACE, name: pod.metadata.name }, change);
    await poolShows(hostport, 'few', { blocked: 0 });
  });
});
