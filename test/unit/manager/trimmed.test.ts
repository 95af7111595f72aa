import { describe, expect, test } from '@jest/globals';
import { serviceAnnotations } from '../../../src/api/index.ts';
import { trimNamespace, trimNode, trimService } from '../../../src/manager/trimmed.ts';
import { zoneIn } from '../../../src/controllers/service/index.ts';
import { showsSameRoom, patchFor } from '../../../src/controllers/room/index.ts';
import type { Node, ObjectMeta, Service } from '../../../src/kube/index.ts';

const metadata = {
  name: 'a',
  uid: 'u',
  resourceVersion: '7',
  creationTimestamp: '2026-01-01T00:00:00Z',
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
} satisfies ObjectMeta;
const bare = { name: 'a', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' };

describe('of a node is kept', () => {
  const room = 'ports.hostport.io/games';
  const node = (resources: Readonly<Record<string, string>>): Node => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata, labels: { 'topology.kubernetes.io/zone': 'z1', other: 'x' } },
    spec: { providerID: 'p' },
    status: { capacity: resources, allocatable: resources, conditions: [{ type: 'Ready', status: 'True' }] },
  });

  test('its zone, and whether it is reported with which room', () => {
    const kept = trimNode(node({ cpu: '4', memory: '1Gi', [room]: '5' }));
    expect(kept.metadata).toEqual({ ...bare, labels: { 'topology.kubernetes.io/zone': 'z1' } });
    expect(kept.status).toEqual({ capacity: { cpu: '4', [room]: '5' }, allocatable: { cpu: '4', [room]: '5' } });
    expect(zoneIn(kept)).toBe('z1');
  });

  test.each([
    ['one that nobody reported', {}],
    ['one with room alone', { [room]: '5' }],
    ['one that is reported', { cpu: '4' }],
    ['one with everything', { memory: '1Gi', [room]: '5', cpu: '4' }],
  ])('what room is decided by: %s', (_, resources) => {
    const whole = node(resources);
    const kept = trimNode(whole);
    expect(showsSameRoom(whole, kept)).toBe(true);
    const wanted = new Map([[room, 7]]);
    expect(patchFor(kept, wanted)).toEqual(patchFor(whole, wanted));
  });
});

test('of a namespace its labels are kept', () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, labels: { team: 'x' } } };
  const kept = trimNamespace({ ...namespace, status: { phase: 'Active' } });
  expect(kept).toEqual({ ...namespace, metadata: { ...bare, labels: { team: 'x' } } });
});

describe('of a Service is kept', () => {
  const ports = [
    { port: 80, nodePort: 30_080 },
    { port: 81, name: 'admin' },
  ];
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, namespace: 'arena', labels: { app: 'web' } },
    spec: { type: 'NodePort', selector: { app: 'web' }, ports },
  };

  test('which ports of nodes it has', () => {
    const kept = trimService(service);
    expect(kept.spec).toEqual({ ports: [ports[0]] });
    expect(kept.metadata).toEqual({ ...bare, namespace: 'arena', labels: {} });
  });

  test('that it is there, where it has none', () => {
    expect(trimService({ ...service, spec: { ports: [{ port: 80 }] } })).not.toHaveProperty('spec');
  });

  test('all that slices are made of, where it is published', () => {
    const annotations = { ...metadata.annotations, [serviceAnnotations.publish]: 'true' };
    const published = { ...service, metadata: { ...service.metadata, annotations } };
    expect(trimService(published)).toEqual({
      ...published,
      metadata: { ...published.metadata, annotations: { [serviceAnnotations.publish]: 'true' } },
    });
  });
});
