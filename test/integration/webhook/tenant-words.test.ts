import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { kubectlOf } from '../../support/hostport/kubectl.ts';
import type { Kubectl } from '../../support/hostport/kubectl.ts';
import { writeAccountKubeconfig } from '../../support/hostport/service-account.ts';
import { claimsOf, makeNamespaceWithAccount, whenFree } from './holdings.ts';
import { ENABLED, HTTP, allocatorOf, podOf } from './manifests.ts';

const namespace = 'tenant';
const asks64 = { settings: { 'port-allocator': allocatorOf({ name: 'a', env: 'A', count: 64 }) }, namespace };
const ofOwner = (change: object): object => {
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u1', controller: true, ...change };
  const asked = podOf('web-0', { ...asks64, settings: { ...ENABLED, sticky: 'true' } });
  const labels = { 'apps.kubernetes.io/pod-index': '0' };
  return { ...asked, metadata: { ...asked.metadata, labels, ownerReferences: [owner] } };
};
const line = 'TCP held default Pod kube-system/x u a 2026-01-01T00:00:00Z';
let hostport: RunningHostport;
let kubectl: Kubectl;
let folder: string;
/** A tenant who may do nothing but create pods in one namespace. */
beforeAll(async () => {
  hostport = await startHostport({ sweepInterval: '1s', reservationLife: '8s' });
  await makeNamespaceWithAccount(hostport, namespace);
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { name: 'makes-pods', namespace };
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['create'] }];
  await hostport.apply({ apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules });
  const roleRef = { apiGroup, kind: 'Role', name: metadata.name };
  const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
  await hostport.apply({ apiVersion: `${apiGroup}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects });
  folder = mkdtempSync(join(tmpdir(), 'tenant-'));
  const { client, plane: access, signal } = hostport;
  const path = join(folder, 'kubeconfig');
  await writeAccountKubeconfig({ client, access, namespace, path, signal, account: 'default' });
  kubectl = kubectlOf(path);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await hostport[Symbol.asyncDispose]();
});

const unreadable = async (): Promise<readonly number[]> =>
  (await hostport.ledger())
    .flatMap((block) => block.claims)
    .filter((claim) => claim.text !== undefined)
    .map(({ number }) => number);

test.each<readonly [string, object, string]>([
  ['a name with a space', podOf('x y', asks64), 'metadata.name "x y" is not a DNS name: write '],
  ['a name with a line of its own choice', podOf(`x\n${line}`, asks64), 'metadata.name "x\\nTCP held default Pod'],
  [
    'a port with a line break',
    podOf('ports', { namespace, settings: ENABLED, ports: [{ name: `a\n${line}`, containerPort: 80 }] }),
    'has 61 characters: write at most 15',
  ],
  [
    'a port with a space',
    podOf('ports', { namespace, settings: ENABLED, ports: [{ ...HTTP, name: 'a b' }] }),
    '"a b" is not the name of a port: write at most 15 lower case letters',
  ],
  ['an owner with a line break', ofOwner({ uid: `u\n${line}` }), 'metadata.ownerReferences[0].uid "u\\nTCP held'],
  ['an owner with a space', ofOwner({ name: 'x y' }), 'metadata.ownerReferences[0].name "x y" is not a DNS name'],
])('a pod is refused in its own words, and nothing is written: %s', async (_, manifest, says) => {
  const { code, stderr } = await kubectl(['create', '-f', '-'], manifest);
  expect(code).not.toBe(0);
  expect(stderr).toContain('InvalidRequest');
  expect(stderr).toContain(says);
  expect(await claimsOf(hostport, `${namespace}/`)).toEqual([]);
  expect(await claimsOf(hostport, 'kube-system/')).toEqual([]);
  expect(await unreadable()).toEqual([]);
});

test('a pod leaves nothing when only the API server finds it wrong', async () => {
  const asked = podOf('wrong', { ...asks64, container: { image: ' ' } });
  const { code, stderr } = await kubectl(['create', '-f', '-'], asked);
  expect(code).not.toBe(0);
  expect(stderr).not.toContain('InvalidRequest');
  // Or it would prove nothing.
  expect(await claimsOf(hostport, `${namespace}/wrong`)).toHaveLength(64);
  await whenFree(hostport, `${namespace}/`, 60_000);
  expect(await unreadable()).toEqual([]);
});
