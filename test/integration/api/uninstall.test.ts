import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { recordedSpec } from '../../unit/api/cases.ts';
import { component, setOf } from '../../unit/api/role-cases.ts';
import { manifest } from './cluster.ts';
import { installation } from './installation.ts';
import { succeed } from './kubectl.ts';
import type { Installation } from './installation.ts';

let cluster: Installation;
beforeAll(async () => {
  cluster = await installation();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

beforeEach(async () => {
  await cluster.install();
});

const ports = [{ name: 'game' }];
const create = (object: object): Promise<string> => succeed(cluster.kubectl(['create', '-f', '-'], object));

/** Puts finalizers on an object, as a manager would. */
const keep = (kind: string, name: string, finalizers: readonly string[]): Promise<string> =>
  succeed(cluster.kubectl(['patch', kind, name, '--type=merge', '-p', JSON.stringify({ metadata: { finalizers } })]));

/** A block of the ledger, as a manager would write it. */
const block = (namespace: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'hostport-cluster-20000', namespace, labels: { 'hostport.io/ledger': '1' } },
});

/** What the API server asks of pods and sets. */
const admission =
  'mutatingwebhookconfigurations,validatingwebhookconfigurations,' +
  'validatingadmissionpolicies,validatingadmissionpolicybindings';
const rest =
  'crd,clusterroles,clusterrolebindings,configmaps,daemonsets,leases,serviceaccounts,roles,rolebindings,services,namespaces';

/** Names of everything of `kinds` in the cluster that is ours. */
async function traces(kinds = `${rest},${admission}`): Promise<string> {
  const all = await succeed(cluster.kubectl(['get', kinds, '-A', '-o', 'name']));
  return all
    .split('\n')
    .filter((name) => name.includes('hostport'))
    .join(' ');
}

test('what is held is listed, and nothing is removed but what pods wait for', async () => {
  await create(manifest('PortAllocation', 'held', { ports }));
  await keep('pa', 'held', ['hostport.io/release']);
  const status = JSON.stringify({ status: { summary: 'game=20001/TCP' } });
  await succeed(cluster.kubectl(['patch', 'pa', 'held', '--subresource=status', '--type=merge', '-p', status]));
  expect(await traces(admission)).toContain('hostport');
  const before = await traces(rest);
  // A record says it in its spec.
  await create(manifest('PortAllocation', 'pod-game-0', recordedSpec));
  const objects = ['default/held game=20001/TCP', 'default/pod-game-0 game=20001/UDP'];
  expect(await cluster.uninstall()).toEqual({ kind: 'held', objects });
  expect(await traces(rest)).toBe(before);
  // Nobody waits for managers that are about to go.
  expect(await traces(admission)).toBe('');
  // With its kind a set would go, and its pods with it.
  await create(manifest('RoleInstanceSet', 'prefill', setOf([component()])));
  const set = 'roleinstanceset default/prefill (its pods go with it)';
  expect(await cluster.uninstall()).toEqual({ kind: 'held', objects: [set, ...objects] });
  expect(await succeed(cluster.kubectl(['get', 'hostport', '-A', '-o', 'name']))).toContain(
    'portpool.hostport.io/default',
  );
});

test('by force everything goes, and can be installed again', async () => {
  expect(await cluster.install(undefined, undefined, true)).toContain('daemonset/hostport-node-agent applied');
  await create(manifest('PortAllocation', 'used', { ports }));
  await keep('pa', 'used', ['hostport.io/release', 'hostport.io/in-use']);
  await keep('pp', 'default', ['hostport.io/in-use']);
  const recordOf = { apiVersion: 'v1', kind: 'Pod', name: 'game-0', uid: '1-2-3' };
  await create(manifest('PortAllocation', 'record', { recordOf, ports }));
  await create(block('hostport-system'));
  expect(await cluster.uninstall({ force: true })).toEqual({ kind: 'done' });
  expect(await traces()).toBe('');
  expect(await cluster.install()).toContain('portpool/default created');
  expect(await succeed(cluster.kubectl(['get', 'pa', '-A', '-o', 'name']))).toBe('');
});

test('a deletion that waits for a manager is brought to its end by force', async () => {
  await create(manifest('PortAllocation', 'ending', { ports }));
  await keep('pa', 'ending', ['hostport.io/release']);
  await succeed(cluster.kubectl(['delete', 'pa', 'ending', '--wait=false']));
  expect(await cluster.uninstall()).toEqual({ kind: 'held', objects: ['default/ending (no numbers yet)'] });
  expect(await cluster.uninstall({ force: true })).toEqual({ kind: 'done' });
});

test('where nothing is held it needs no force and no manager, a second time neither', async () => {
  await keep('pp', 'default', ['hostport.io/in-use']);
  // Somebody took off what it is looked for by.
  await succeed(cluster.kubectl(['label', 'mutatingwebhookconfiguration', 'hostport', 'app.kubernetes.io/part-of-']));
  expect(await cluster.uninstall()).toEqual({ kind: 'done' });
  expect(await traces()).toBe('');
  expect(await cluster.uninstall()).toEqual({ kind: 'done' });
});

test("somebody else's finalizer is named, not waited for for ever, and not touched", async () => {
  await create(manifest('PortAllocation', 'kept', { ports }));
  await keep('pa', 'kept', ['hostport.io/release', 'example.com/backup']);
  const outcome = await cluster.uninstall({ force: true, stallMs: 1_000 });
  expect(outcome).toMatchObject({ kind: 'stuck' });
  expect('objects' in outcome && outcome.objects[0]).toBe('portallocation default/kept (kept by example.com/backup)');
  await keep('pa', 'kept', []);
  expect(await cluster.uninstall({ force: true })).toEqual({ kind: 'done' });
  expect(await traces()).toBe('');
});

test('in another namespace than the ledger’s is refused, and nothing is removed', async () => {
  const before = await traces();
  await expect(cluster.uninstall({ namespace: 'ports' })).rejects.toThrow(
    'run "hostport uninstall --namespace hostport-system"',
  );
  expect(await traces()).toBe(before);
});

test('a namespace that was there before stays, with what is in it', async () => {
  // Elsewhere is only after the other installation.
  expect(await cluster.uninstall()).toEqual({ kind: 'done' });
  await succeed(cluster.kubectl(['create', 'namespace', 'ports']));
  await cluster.install('ports');
  await create(block('ports'));
  await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: 'ports' } });
  expect(await cluster.uninstall({ namespace: 'ports' })).toEqual({ kind: 'done' });
  expect(await succeed(cluster.kubectl(['get', 'configmaps', '-n', 'ports', '-o', 'name']))).toContain(
    'configmap/theirs',
  );
  expect(await succeed(cluster.kubectl(['get', 'configmaps', '-n', 'ports', '-o', 'name']))).not.toContain('hostport');
});
