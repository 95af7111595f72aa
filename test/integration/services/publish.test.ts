import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodePortsLabel } from '../../../src/api/index.ts';
import { EndpointSlices, Nodes, Pods } from '../../../src/kube/index.ts';
import type { EndpointSlice, KubeEvent, Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { podsOf, assignedTo, whenThere } from '../webhook/holdings.ts';
import { ENABLED, HTTP, podOf, workloadOf } from '../webhook/manifests.ts';
import { BUILT_IN, placesIn, serviceOf, slicesOf, whenPlaces } from './slices.ts';

const PUBLISH = { publish: 'true', selector: 'app=shop' };

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2, record: false });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** Waits until all pods of `app` run, and gives where they are to be found. */
async function placesOf(app: string, count: number, port = 'http'): Promise<readonly string[]> {
  const running = (pods: readonly Pod[]): boolean =>
    pods.length === count && pods.every(({ status }) => status?.phase === 'Running' && status.hostIP !== undefined);
  const pods = await hostport.eventually(() => podsOf(hostport, app), running, `${count} pods of ${app} run`);
  return pods.map((pod) => `${pod.metadata.name} ${pod.status?.hostIP}:${assignedTo(pod)[port]}`);
}

/** Waits for a Warning about a Service that says all of `words`. */
async function warned(service: string, reason: string, ...words: readonly string[]): Promise<void> {
  const holds = (events: readonly KubeEvent[]): boolean =>
    events.some((event) => event.reason === reason && words.every((word) => event.message?.includes(word) === true));
  await hostport.eventually(() => hostport.objects.eventsOf(service), holds, `${service} is told ${reason}`);
}

async function patchSlice({ metadata }: EndpointSlice, body: object): Promise<void> {
  const { namespace, name } = metadata;
  await hostport.client.patch(EndpointSlices, { namespace, name }, { type: 'merge', body, signal: hostport.signal });
}

describe('a Service that is published', () => {
  let places: readonly string[];
  beforeAll(async () => {
    const { client, signal } = hostport;
    const zone = { metadata: { labels: { 'topology.kubernetes.io/zone': 'north' } } };
    await client.patch(Nodes, { name: 'node-1' }, { type: 'merge', body: zone, signal });
    await hostport.apply(serviceOf('shop', PUBLISH, { clusterIP: 'None' }));
    // Numbers that come with the binding stand in no container port: nobody but us knows them.
    await hostport.objects.createPool('nodes', { ranges: ['7000-7009'], scope: 'Node', advertise: false });
    await succeed(hostport.kubectl(['label', 'namespace', 'default', `${nodePortsLabel.key}=${nodePortsLabel.value}`]));
    await hostport.apply(workloadOf('StatefulSet', 'shop', 3, { settings: { ...ENABLED, pool: 'nodes' } }));
    places = await placesOf('shop', 3);
  });

  test('says where each of its pods is', async () => {
    const slices = await whenPlaces(hostport, 'shop', places);
    const pods = await podsOf(hostport, 'shop');
    for (const { metadata, spec } of pods) {
      const endpoint = slices
        .flatMap((slice) => slice.endpoints ?? [])
        .find((each) => each.targetRef?.uid === metadata.uid);
      expect(endpoint).toMatchObject({
        conditions: { ready: true, serving: true, terminating: false },
        // The name that the StatefulSet gave it, under the Service that is its domain.
        hostname: metadata.name,
        nodeName: spec.nodeName,
      });
      expect(endpoint?.zone).toBe(spec.nodeName === 'node-1' ? 'north' : undefined);
    }
    for (const { metadata, ports } of slices) {
      expect(metadata.labels).toMatchObject({ 'service.kubernetes.io/headless': '' });
      expect(ports).toEqual([{ name: 'web', port: expect.any(Number), protocol: 'TCP' }]);
    }
    expect(await slicesOf(hostport, 'shop', BUILT_IN)).toEqual([]);
  });

  test('says it again after others changed it', async () => {
    const [first, second, third] = await whenPlaces(hostport, 'shop', places);
    if (first === undefined || second === undefined || third === undefined) throw new Error('there are three slices');
    await patchSlice(first, { endpoints: [], metadata: { labels: { 'kubernetes.io/service-name': 'other' } } });
    await succeed(hostport.kubectl(['delete', 'endpointslice', second.metadata.name]));
    await patchSlice(third, {
      endpoints: [],
      metadata: { labels: { 'endpointslice.kubernetes.io/managed-by': null }, ownerReferences: null },
    });
    const restored = await whenPlaces(hostport, 'shop', places);
    expect(restored.map(({ metadata }) => metadata.name)).toEqual(
      [first, second, third].map(({ metadata }) => metadata.name),
    );
    expect(restored.map(({ metadata }) => metadata.ownerReferences?.length)).toEqual([1, 1, 1]);
  });

  test('says what becomes of a pod, and no more than that', async () => {
    const { client, signal } = hostport;
    const before = await whenPlaces(hostport, 'shop', places);
    const untouched = before.filter(({ endpoints }) => endpoints?.[0]?.targetRef?.name !== 'shop-1');
    const hurt = { status: { conditions: [{ type: 'Ready', status: 'False' }] } };
    const key = { namespace: 'default', name: 'shop-1' };
    await client.patch(Pods, key, { type: 'merge', body: hurt, subresource: 'status', signal });
    await whenPlaces(
      hostport,
      'shop',
      places.map((place) => (place.startsWith('shop-1 ') ? `${place}!` : place)),
    );
    await succeed(hostport.kubectl(['scale', 'statefulset', 'shop', '--replicas=1']));
    const [left] = await whenPlaces(hostport, 'shop', places.slice(0, 1));
    expect(untouched.map(({ metadata }) => metadata.resourceVersion)).toContain(left?.metadata.resourceVersion);
  });

  test('says nothing any more when it doesn’t want to, and again when it does', async () => {
    await hostport.apply(serviceOf('shop', { ...PUBLISH, publish: 'false' }, { clusterIP: 'None' }));
    await whenPlaces(hostport, 'shop', []);
    await hostport.apply(serviceOf('shop', PUBLISH, { clusterIP: 'None' }));
    await whenPlaces(hostport, 'shop', places.slice(0, 1));
  });

  test('leaves nothing behind when it is made anew, also where nobody else clears up', async () => {
    const before = await whenPlaces(hostport, 'shop', places.slice(0, 1));
    await succeed(hostport.kubectl(['delete', 'service', 'shop', '--cascade=orphan']));
    await hostport.apply(serviceOf('shop', PUBLISH, { clusterIP: 'None' }));
    const old = new Set(before.map(({ metadata }) => metadata.uid));
    const isNew = (slices: readonly EndpointSlice[]): boolean =>
      JSON.stringify(placesIn(slices)) === JSON.stringify(places.slice(0, 1)) &&
      slices.every(({ metadata }) => !old.has(metadata.uid));
    await hostport.eventually(() => slicesOf(hostport, 'shop'), isNew, 'the slices are those of the new Service');
    await succeed(hostport.kubectl(['delete', 'service', 'shop']));
    await whenPlaces(hostport, 'shop', []);
  });
});

describe('a Service with a selector', () => {
  beforeAll(async () => {
    await hostport.apply(workloadOf('Deployment', 'plain', 2));
    await hostport.apply(workloadOf('Deployment', 'mapped', 1, { settings: { ...ENABLED, network: 'Pod' } }));
  });

  test('finds the numbers that pods got when they were created, without us', async () => {
    await hostport.apply(serviceOf('plain', {}, { selector: { app: 'plain' } }));
    await whenPlaces(hostport, 'plain', await placesOf('plain', 2), BUILT_IN);
    expect(await slicesOf(hostport, 'plain')).toEqual([]);
  });

  test('is told where Kubernetes and we say different things', async () => {
    await hostport.apply(serviceOf('mapped', { publish: 'true' }, { selector: { app: 'mapped' } }));
    await whenPlaces(hostport, 'mapped', await placesOf('mapped', 1));
    await warned('mapped', 'PublishedTwice', 'spec.selector', 'port 8080', 'hostport.io/selector: "app=mapped"');
    const [pod] = await whenThere(hostport, 'mapped', 1);
    await whenPlaces(hostport, 'mapped', [`${pod?.metadata.name} ${pod?.status?.podIP}:8080`], BUILT_IN);
  });
});

describe('a Service that can’t be published is told', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, object, readonly string[]]>([
    [
      'number',
      PUBLISH,
      { ports: [{ name: 'web', port: 80, targetPort: 8080 }] },
      ['port "web" (80)', '8080', 'write targetPort: NAME'],
    ],
    ['unnamed', PUBLISH, { ports: [{ port: 80 }] }, ['port 80 has targetPort 80']],
    ['word', { publish: 'yes' }, {}, ['hostport.io/publish: "yes"', '"true" nor "false"']],
    ['syntax', { publish: 'true', selector: 'app in shop' }, {}, ['"app in shop"', 'write a label selector']],
    ['nobody', { publish: 'true' }, {}, ['write hostport.io/selector']],
    ['elsewhere', PUBLISH, { type: 'ExternalName', externalName: 'example.org' }, ['ExternalName']],
  ])('why: %s', async (name, annotations, spec, words) => {
    await hostport.apply(serviceOf(name, annotations, spec));
    await warned(name, 'InvalidRequest', ...words);
    expect(await slicesOf(hostport, name)).toEqual([]);
  });

  test('why: no pod has the port, or speaks its protocol', async () => {
    const ports = [{ ...HTTP, protocol: 'UDP' as const }];
    await succeed(hostport.kubectl(['create', '-f', '-'], labelled(podOf('odd', { ports }), 'odd')));
    await hostport.apply(serviceOf('protocol', { publish: 'true', selector: 'app=odd' }));
    await warned('protocol', 'NotPublished', '"http" of pod "odd" is UDP', 'write protocol: UDP');
    const misspelt = { ports: [{ name: 'web', port: 80, protocol: 'UDP', targetPort: 'htpp' }] };
    await hostport.apply(serviceOf('misspelt', { publish: 'true', selector: 'app=odd' }, misspelt));
    await warned('misspelt', 'NotPublished', 'targetPort "htpp"', 'write one of http');
  });
});

test('an uninstallation leaves no slice behind that nobody would keep right', async () => {
  expect((await slicesOf(hostport, 'mapped')).length).toBe(1);
  await hostport.manager().kill('SIGTERM');
  const { code, stdout } = await hostport.run('uninstall', '--force');
  expect([code, stdout]).toEqual([0, expect.stringContaining('endpointslice/default/mapped-')]);
  expect(await slicesOf(hostport, 'mapped')).toEqual([]);
});

function labelled(manifest: { readonly metadata: object }, app: string): object {
  return { ...manifest, metadata: { ...manifest.metadata, labels: { app } } };
}
