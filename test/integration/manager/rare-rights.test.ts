import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CA_SECRET_NAME, DEFAULT_NAMESPACE } from '../../../src/api/index.ts';
import { ControllerRevisions, Pods, Secrets } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { component, roleSet, Sets } from '../roles/sets.ts';

/** What the managers do so seldom that no other test has them do it, with the rights that they have. */
let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  // An API server that has no streamed lists, as before Kubernetes 1.32: everything is listed in pages.
  plane = await startControlPlane({ nodes: 1, extraApiServerArgs: ['--feature-gates=WatchList=false'] });
  hostport = await startHostport({ plane });
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
});

const SHARED = { allocations: [{ name: 'main', env: 'MAIN', scope: 'RoleScoped' }] };

/** A pod template that asks for one number for all pods of the controller. */
function template(app: string, restartPolicy: 'Always' | 'Never' = 'Always'): object {
  const annotations = { 'hostport.io/port-allocator': JSON.stringify(SHARED) };
  const containers = [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }];
  return { metadata: { labels: { app }, annotations }, spec: { restartPolicy, containers } };
}

const jobSpec = (app: string): object => ({ template: template(app, 'Never') });

test.each([
  ['DaemonSet', 'apps/v1', { selector: { matchLabels: { app: 'daemonset' } }, template: template('daemonset') }],
  ['ReplicationController', 'v1', { replicas: 1, template: template('replicationcontroller') }],
  ['Job', 'batch/v1', jobSpec('job')],
  ['CronJob', 'batch/v1', { schedule: '* * * * *', suspend: true, jobTemplate: { spec: jobSpec('cronjob') } }],
])('the pods of a %s share a number', async (kind, apiVersion, spec) => {
  const app = kind.toLowerCase();
  await hostport.apply({ apiVersion, kind, metadata: { name: app, namespace: 'default' }, spec });
  if (kind === 'CronJob') await succeed(hostport.kubectl(['create', 'job', 'by-hand', '--from=cronjob/cronjob']));
  const read = async (): Promise<readonly Pod[]> => {
    const selection = { namespace: 'default', labelSelector: `app=${app}`, signal: hostport.signal };
    return (await hostport.client.list(Pods, selection)).items;
  };
  const pods = await hostport.eventually(read, ({ length }) => length > 0, `a pod of the ${kind}`);
  const number = Number(pods[0]?.metadata.annotations?.['hostport.io/allocated-main']);
  expect(await hostport.holders()).toContainEqual(expect.objectContaining({ holder: expect.stringContaining(app) }));
  expect(number).toBeGreaterThanOrEqual(20000);
});

test('an authority that was spoilt is replaced', async () => {
  const key = { namespace: DEFAULT_NAMESPACE, name: CA_SECRET_NAME };
  const read = async () => (await hostport.client.get(Secrets, key, { signal: hostport.signal })).data?.['tls.crt'];
  const patch = JSON.stringify({ data: { 'tls.crt': 'eA==' } });
  const args = ['patch', 'secret', CA_SECRET_NAME, '-n', DEFAULT_NAMESPACE, '--type=merge', '-p', patch];
  await succeed(hostport.kubectl(args));
  await hostport.manager().restart();
  await hostport.eventually(read, (text) => text !== 'eA==', 'another authority is stored');
  await hostport.whenReady();
});

test('a pod of an instance that lost its owner is taken over again', async () => {
  const sets = new Sets(hostport);
  await hostport.apply(roleSet('kept', [component('main', undefined)]));
  const read = async (): Promise<Pod | undefined> => (await sets.pods('kept'))[0];
  const pod = await hostport.eventually(read, (found) => found !== undefined, 'the pod is there');
  const { name, uid, ownerReferences } = pod?.metadata ?? { name: '', uid: '' };
  const patch = JSON.stringify({ metadata: { ownerReferences: null } });
  await succeed(hostport.kubectl(['patch', 'pod', name, '--type=merge', '-p', patch]));
  const isOwned = (found: Pod | undefined): boolean => found?.metadata.ownerReferences?.length === 1;
  const owned = await hostport.eventually(read, isOwned, 'the pod has an owner again');
  expect(owned?.metadata).toMatchObject({ uid, ownerReferences });
});

test('templates that nobody goes back to are dropped', async () => {
  const KEPT = 12; // the newest, the one before, and ten more
  const sets = new Sets(hostport);
  const revisions = async (): Promise<number> => {
    const selection = { namespace: 'default', signal: hostport.signal };
    const { items } = await hostport.client.list(ControllerRevisions, selection);
    return items.filter(({ metadata }) => metadata.name.startsWith('edited-')).length;
  };
  let seen = '';
  for (let edit = 0; edit < KEPT + 2; edit++) {
    const metadata = { annotations: { 'example.com/edit': String(edit) } };
    const spec = { containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }] };
    await hostport.apply(roleSet('edited', [{ name: 'main', template: { metadata, spec } }], { replicas: 0 }));
    const read = async (): Promise<string> => (await sets.find('edited'))?.status?.updateRevision ?? '';
    const before = seen;
    seen = await hostport.eventually(read, (found) => found !== '' && found !== before, 'the template is known');
  }
  await hostport.eventually(revisions, (count) => count <= KEPT, 'the oldest are gone');
});
