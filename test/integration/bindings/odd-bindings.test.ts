import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { Run, RunningHostport } from '../../support/hostport/hostport.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { unhurriedPlane } from '../workloads/plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import {
  claimsOf,
  create,
  makeNamespaceWithAccount,
  podNamed,
  assignedTo,
  whenFree,
  whenHeld,
} from '../webhook/holdings.ts';
import { ENABLED, podOf } from '../webhook/manifests.ts';
import { asking, makeNodeNamespace } from './fleet.ts';

/** Two sweeps, the 5 s between the looks of one, and the reservations' life. */
const SWEPT_MS = 45_000;
/** The garbage collector learns of a new kind within half a minute. */
const COLLECTED_MS = 60_000;
/** Nobody schedules these pods: the test binds them itself. */
const BY_HAND = { schedulerName: 'nobody' };
const NAMESPACE = 'odd';

let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  plane = await unhurriedPlane();
  hostport = await startHostport({ plane, sweepInterval: '1s', reservationLife: '8s' });
  await hostport.objects.createPool('nodes', { ranges: ['7000-7009'], scope: 'Node', cooldown: '0s' });
  await makeNodeNamespace(hostport, NAMESPACE);
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
});

interface Binding {
  readonly pod: string;
  readonly node: string;
  readonly uid?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Binds by one of the two resources; `query` may ask for a dry run. */
function bind(
  { pod, node, uid, annotations, labels }: Binding,
  path = `pods/${pod}/binding`,
  query = '',
): Promise<Run> {
  const metadata = { name: pod, namespace: NAMESPACE, ...(uid === undefined ? {} : { uid }), annotations, labels };
  const target = { apiVersion: 'v1', kind: 'Node', name: node };
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata, target };
  const raw = `/api/v1/namespaces/${NAMESPACE}/${path}${query}`;
  return hostport.kubectl(['create', '--raw', raw, '-f', '-'], binding);
}

const waiting = (name: string) => create(hostport, podOf(name, asking(NAMESPACE, { spec: BY_HAND })));
const held = () => claimsOf(hostport, `${NAMESPACE}/`);

test('a pod reads what its Binding says, and its numbers are of the node that it names', async () => {
  const { metadata, spec } = await waiting('plain');
  expect(spec.containers[0]?.ports).toBeUndefined();
  expect(spec.containers[0]?.env).toContainEqual({
    name: 'HOSTPORT_HTTP',
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.annotations['hostport.io/allocated-http']" } },
  });
  expect(await held()).toEqual([]);
  expect(await bind({ pod: 'plain', node: 'node-1', uid: metadata.uid })).toMatchObject({ code: 0 });
  const bound = await podNamed(hostport, 'plain', NAMESPACE);
  const numbers = Object.values(assignedTo(bound)).toSorted();
  expect(numbers).toHaveLength(2);
  expect(await whenHeld(hostport, `${NAMESPACE}/plain`, 2)).toEqual(numbers);
  const record = await hostport.eventually(
    () => hostport.objects.findAllocation('pod-plain', NAMESPACE),
    (found) => found !== undefined,
    'its record is there',
  );
  expect(record?.spec).toMatchObject({ nodeName: 'node-1', poolName: 'nodes' });
  expect(record?.spec.ports.map(({ port }) => port).toSorted()).toEqual(numbers);
  await hostport.kubectl(['delete', 'pod', 'plain', '-n', NAMESPACE]);
  await whenFree(hostport, `${NAMESPACE}/plain`);
  await hostport.objects.gone('pod-plain', NAMESPACE, COLLECTED_MS);
});

describe('odd bindings', () => {
  test('by the legacy resource give numbers all the same, and so does one that names no UID', async () => {
    await waiting('legacy');
    expect(await bind({ pod: 'legacy', node: 'node-1' }, 'bindings')).toMatchObject({ code: 0 });
    expect(Object.keys(assignedTo(await podNamed(hostport, 'legacy', NAMESPACE)))).toEqual(['game', 'http']);
    await waiting('nameless');
    expect(await bind({ pod: 'nameless', node: 'node-2' })).toMatchObject({ code: 0 });
    expect(Object.keys(assignedTo(await podNamed(hostport, 'nameless', NAMESPACE)))).toEqual(['game', 'http']);
    expect(await whenHeld(hostport, `${NAMESPACE}/`, 4)).toHaveLength(4);
    // A second one for a pod that is bound reaches the webhook before the API server refuses it.
    const again = await bind({ pod: 'legacy', node: 'node-2' });
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain('pod "legacy" is bound to node "node-1" already');
    expect(await held()).toHaveLength(4);
    await hostport.kubectl(['delete', 'pod', 'legacy', 'nameless', '-n', NAMESPACE]);
    await whenFree(hostport, `${NAMESPACE}/`);
  });

  test('to a node that is not there, of another UID, of a pod that is going, or for trial hold nothing', async () => {
    const { metadata } = await waiting('tried');
    const { uid } = metadata;
    const nowhere = await bind({ pod: 'tried', node: 'nowhere', uid });
    expect(nowhere).toMatchObject({ code: 1 });
    expect(nowhere.stderr).toContain('there is no node "nowhere"');
    expect(await bind({ pod: 'tried', node: 'node-1', uid: 'another' })).toMatchObject({ code: 1 });
    expect(await bind({ pod: 'tried', node: 'node-1', uid }, undefined, '?dryRun=All')).toMatchObject({ code: 0 });
    expect(await bind({ pod: 'nobody', node: 'node-1' })).toMatchObject({ code: 1 });
    expect(await held()).toEqual([]);
    const finalizers = ['example.com/wait'];
    await hostport.kubectl([
      'patch',
      'pod',
      'tried',
      '-n',
      NAMESPACE,
      '-p',
      JSON.stringify({ metadata: { finalizers } }),
    ]);
    await hostport.kubectl(['delete', 'pod', 'tried', '-n', NAMESPACE, '--wait=false']);
    const going = await bind({ pod: 'tried', node: 'node-1', uid });
    expect(going).toMatchObject({ code: 1 });
    expect(going.stderr).toContain('pod "tried" is being deleted');
    expect(await held()).toEqual([]);
    const none = JSON.stringify({ metadata: { finalizers: null } });
    await hostport.kubectl(['patch', 'pod', 'tried', '-n', NAMESPACE, '-p', none]);
  });

  test('tell nothing in our name, and take no word of it from others', async () => {
    const { metadata } = await waiting('forged');
    const annotations = { 'hostport.io/allocated-http': '22', 'example.com/zone': 'a' };
    expect(await bind({ pod: 'forged', node: 'node-1', uid: metadata.uid, annotations })).toMatchObject({ code: 0 });
    const bound = await podNamed(hostport, 'forged', NAMESPACE);
    expect(bound.metadata.annotations).toMatchObject({ 'example.com/zone': 'a' });
    expect(assignedTo(bound)['http']).toBeGreaterThanOrEqual(7000);
    const labels = { 'hostport.io/role-instance': 'prefill-0' };
    const labelled = await bind({ pod: 'plain-forged', node: 'node-1', labels });
    expect(labelled.stderr).toContain('a Binding may not carry hostport.io/role-instance');
    const plain = await create(hostport, podOf('plain-forged', { namespace: NAMESPACE, settings: {}, spec: BY_HAND }));
    await bind({ pod: 'plain-forged', node: 'node-1', uid: plain.metadata.uid, annotations });
    const other = await podNamed(hostport, 'plain-forged', NAMESPACE);
    expect(other.metadata.annotations).toEqual({ 'example.com/zone': 'a' });
    await hostport.kubectl(['delete', 'pod', 'forged', 'plain-forged', '-n', NAMESPACE]);
    await whenFree(hostport, `${NAMESPACE}/`);
  });

  test('that come to nothing leave nothing: the numbers are free after the reservation, also while the pod waits on', async () => {
    // Another webhook behind ours refuses each binding to this node.
    await hostport.apply(refusingPolicy('node-2'));
    await inForce('node-2');
    const { metadata } = await waiting('failing');
    const { uid } = metadata;
    const refused = async (): Promise<Run> => bind({ pod: 'failing', node: 'node-2', uid });
    expect((await refused()).stderr).toContain('not here');
    expect((await held()).map(({ state }) => state)).toEqual(['reserved', 'reserved']);
    await whenFree(hostport, `${NAMESPACE}/`, SWEPT_MS);
    // Bound elsewhere at once, the first node's come back without waiting.
    await refused();
    expect(await bind({ pod: 'failing', node: 'node-1', uid })).toMatchObject({ code: 0 });
    expect(await whenHeld(hostport, `${NAMESPACE}/failing`, 2)).toHaveLength(2);
    await hostport.kubectl(['delete', 'pod', 'failing', '-n', NAMESPACE]);
    await whenFree(hostport, `${NAMESPACE}/`);
  });
});

describe('a pod of a pool of scope Node', () => {
  test('is refused where nobody asks about bindings, with the command to run', async () => {
    await makeNamespaceWithAccount(hostport, 'unlabelled');
    const run = await hostport.kubectl(['create', '-f', '-'], podOf('lost', asking('unlabelled')));
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toContain('run "kubectl label namespace unlabelled hostport.io/node-ports=enabled"');
  });

  test('that was made for its node gets its numbers with its creation', async () => {
    const made = await create(hostport, podOf('static', asking(NAMESPACE, { spec: { nodeName: 'node-2' } })));
    const { http } = assignedTo(made);
    expect(made.spec.containers[0]?.env).toContainEqual({ name: 'HOSTPORT_HTTP', value: String(http) });
    expect(made.spec.containers[0]?.ports?.map(({ hostPort }) => hostPort)).toContain(http);
    expect(await whenHeld(hostport, `${NAMESPACE}/static`, 2)).toContain(http);
    await hostport.kubectl(['delete', 'pod', 'static', '-n', NAMESPACE, '--force', '--grace-period=0']);
    await whenFree(hostport, `${NAMESPACE}/`);
  });

  test('that is bound without its ports, because the label was away, is told of', async () => {
    await makeNodeNamespace(hostport, 'forgetful');
    const settings = { ...ENABLED, pool: 'nodes' };
    const names = Array.from({ length: 20 }, (_, at) => `bare-${at}`);
    for (const name of names) {
      await create(hostport, podOf(name, { namespace: 'forgetful', settings, spec: BY_HAND }));
    }
    await hostport.kubectl(['label', 'namespace', 'forgetful', 'hostport.io/node-ports-']);
    // The API server hears of the label a moment later: until then it asks.
    const bindNext = async (): Promise<Pod> => {
      const name = names.shift() ?? '';
      const target = { apiVersion: 'v1', kind: 'Node', name: 'node-1' };
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace: 'forgetful' }, target };
      const raw = `/api/v1/namespaces/forgetful/pods/${name}/binding`;
      await hostport.kubectl(['create', '--raw', raw, '-f', '-'], binding);
      return podNamed(hostport, name, 'forgetful');
    };
    const isBare = (pod: Pod): boolean => pod.spec.nodeName !== undefined && Object.keys(assignedTo(pod)).length === 0;
    const { metadata } = await hostport.eventually(bindNext, isBare, 'one is bound without its ports');
    const events = () => hostport.objects.eventsOf(metadata.name, 'forgetful');
    const isTold = (seen: Awaited<ReturnType<typeof events>>): boolean =>
      seen.some(({ reason, message = '' }) => reason === 'BoundWithoutPorts' && message.includes('pool "nodes"'));
    await hostport.eventually(events, isTold, 'an Event tells of it');
    expect((await hostport.manager().get('/metrics')).body).toContain('hostport_bound_without_ports_total 1');
  });
});

/** Waits until bindings to `node` are refused; those that aren't yet are of pods without ports. */
async function inForce(node: string): Promise<void> {
  let tries = 0;
  const tried = async (): Promise<string> => {
    const name = `spare-${tries++}`;
    await create(hostport, podOf(name, { namespace: NAMESPACE, settings: {}, spec: BY_HAND }));
    return (await bind({ pod: name, node })).stderr;
  };
  await hostport.eventually(tried, (said) => said.includes('not here'), 'the policy is in force');
}

/** Refuses each binding to `node`, as another webhook behind ours would. */
function refusingPolicy(node: string): object {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods/binding'] };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const policy = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'not-here' },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: `object.target.name != "${node}"`, message: 'not here' }],
    },
  };
  const spec = { policyName: 'not-here', validationActions: ['Deny'] };
  const binding = { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'not-here' }, spec };
  return { apiVersion: 'v1', kind: 'List', items: [policy, binding] };
}
