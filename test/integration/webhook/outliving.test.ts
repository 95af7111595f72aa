import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { startTenant } from '../../support/hostport/tenant.ts';
import type { Tenant } from '../../support/hostport/tenant.ts';
import { claimsOf, assignedTo } from './holdings.ts';
import { allocatorOf, podOf, workloadOf } from './manifests.ts';

/** Numbers that are told in variables alone: nothing of the pod but the ledger says that it has them. */
const P = { name: 'p', env: 'P' };
const namespace = 'tenant';
/** Pods that stay, and that no node ends. */
const UNSTARTED = { schedulingGates: [{ name: 'example.com/hold' }] };

let hostport: RunningHostport;
let tenant: Tenant;
beforeAll(async () => {
  hostport = await startHostport({ sweepInterval: '1s', reservationLife: '8s' });
  await hostport.objects.editPool('default', { cooldown: '0s' });
  tenant = await startTenant(hostport, namespace);
});
afterAll(async () => {
  await tenant[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

/** A pod that says that StatefulSet `set` controls it. */
function podUnder(set: object, name: string, settings: Readonly<Record<string, string>>): object {
  const asked = podOf(name, { namespace, settings, ports: [], spec: UNSTARTED });
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', controller: true, ...set };
  const labels = { 'apps.kubernetes.io/pod-index': '0' };
  return { ...asked, metadata: { ...asked.metadata, labels, ownerReferences: [owner] } };
}

/** A set that nobody has made; no garbage collector knows the version, so that nobody deletes its pods, either. */
function madeUp(name: string): object {
  return { apiVersion: 'apps/v9', name, uid: '11111111-2222-4333-8444-555555555555' };
}

async function create(manifest: object): Promise<Pod> {
  return JSON.parse(await succeed(tenant.kubectl(['create', '-o', 'json', '-f', '-'], manifest))) as Pod;
}

async function makeSet(name: string): Promise<{ readonly name: string; readonly uid: string }> {
  await succeed(tenant.kubectl(['apply', '-f', '-'], workloadOf('StatefulSet', name, 0, { namespace })));
  return { name, uid: await succeed(tenant.kubectl(['get', 'sts', name, '-o', 'jsonpath={.metadata.uid}'])) };
}

/** Why somebody of another namespace can't have `number` for TCP. */
async function refusalOf(name: string, number: number): Promise<string | undefined> {
  await hostport.objects.createAllocation(name, [{ name: 'x', port: number }]);
  return (await hostport.objects.refused(name, 'PortHeld'))?.message;
}

test('a number of an ordinal stays its pod’s when another pod of the name is refused after us', async () => {
  const set = madeUp('taken');
  const asking = (entry: object): object =>
    podUnder(set, 'taken-0', { sticky: 'true', 'port-allocator': allocatorOf(entry) });
  const { p = 0 } = assignedTo(await create(asking(P)));
  for (const entry of [
    { name: 'q', env: 'Q' },
    { ...P, protocol: 'UDP' },
  ]) {
    expect((await tenant.kubectl(['create', '-f', '-'], asking(entry))).stderr).toContain('AlreadyExists');
  }
  expect(await refusalOf('wants-taken', p)).toContain(`${namespace}/taken[0] (its port "p")`);
  // What was given for the pod that isn't there comes back all the same.
  const ports = async (): Promise<readonly string[]> =>
    (await claimsOf(hostport, `${namespace}/taken`)).map(({ port }) => port);
  await hostport.eventually(ports, (left) => left.join() === 'p', 'only what its pod has is held', 60_000);
});

test('a number that pods share stays theirs when a later one asks for it with another protocol', async () => {
  const set = await makeSet('shares');
  const asking = (name: string, protocol: string): object =>
    podUnder(set, name, { 'port-allocator': allocatorOf({ ...P, scope: 'RoleScoped', protocol }) });
  const { p = 0 } = assignedTo(await create(asking('shares-tcp', 'TCP')));
  expect(assignedTo(await create(asking('shares-udp', 'UDP')))).toEqual({ p });
  expect(await refusalOf('wants-shared', p)).toContain(`${namespace}/shares (its port "p")`);
});

test('a number of a made-up set stays its pod’s that comes between two looks of a sweep', async () => {
  const ghost = podUnder(madeUp('ghost'), 'ghost-0', { sticky: 'true', 'port-allocator': allocatorOf(P) });
  const { p = 0 } = assignedTo(await create(ghost));
  // It takes the number as soon as that is free.
  expect(await refusalOf('wants-ghost', p)).toContain(`${namespace}/ghost[0]`);
  for (const pause of [1_500, 3_000, 4_500]) {
    await succeed(tenant.kubectl(['delete', 'pod', 'ghost-0']));
    await past(pause);
    expect(assignedTo(await create(ghost))).toEqual({ p });
    await past(8_000);
    expect((await hostport.objects.findAllocation('wants-ghost'))?.status?.ports).toBeUndefined();
  }
});

/** Sweeps go on meanwhile. */
async function past(ms: number): Promise<void> {
  const end = Date.now() + ms;
  await hostport.eventually(
    () => Date.now(),
    (now) => now >= end,
    `${ms} ms have gone by`,
  );
}
