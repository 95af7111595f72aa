import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseRoleInstanceSet } from '../../../src/api/index.ts';
import { component, refusedSets, setOf, takenSets } from '../../unit/api/role-cases.ts';
import { manifest, schemaCluster } from './cluster.ts';
import { succeed } from './kubectl.ts';
import type { SchemaCluster } from './cluster.ts';
import type { Run } from './kubectl.ts';

type Spec = Readonly<Record<string, unknown>>;

let cluster: SchemaCluster;
beforeAll(async () => {
  cluster = await schemaCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const apply = (object: object): Promise<Run> => cluster.kubectl(['apply', '-f', '-'], object);
const remove = (kind: string, name: string): Promise<string> => succeed(cluster.kubectl(['delete', kind, name]));

describe('the API server refuses a set with', () => {
  test.each(refusedSets)('$title', async ({ spec, path, message }) => {
    const { code, stderr } = await apply(manifest('RoleInstanceSet', 'refused', spec));
    expect(code).not.toBe(0);
    // The API server writes keys of a map in brackets of their own.
    expect(stderr).toContain(path.replace(/\.app$/, ''));
    if (message !== undefined) expect(stderr.replaceAll('\\"', '"')).toContain(message);
  });

  test.each([
    ['a name with a dot', 'prefill.v2', 'has no dots'],
    ['a name that is too long', 'p'.repeat(46), 'at most 51 characters together'],
  ])('%s', async (_, name, message) => {
    expect((await apply(manifest('RoleInstanceSet', name, setOf([component()])))).stderr).toContain(message);
  });

  test('a misspelt field of the metadata of a template', async () => {
    const template = { metadata: { anotations: {} }, spec: { containers: [{ name: 'main' }] } };
    const { stderr } = await apply(manifest('RoleInstanceSet', 'refused', setOf([component({ template })])));
    expect(stderr).toContain('unknown field "spec.template.spec.components[0].template.metadata.anotations"');
  });
});

test.each(takenSets)('the API server takes a set with %s, and keeps all of it', async (_, spec) => {
  await succeed(apply(manifest('RoleInstanceSet', 'taken', spec)));
  const stored: unknown = JSON.parse(await succeed(cluster.kubectl(['get', 'ris', 'taken', '-o', 'json'])));
  const parsed = parseRoleInstanceSet(stored);
  expect(parsed).toMatchObject({ ok: true, value: { spec } });
  // The API server fills in the same defaults.
  expect(parsed.ok && parsed.value.spec).toEqual((stored as { spec: unknown }).spec);
  await remove('ris', 'taken');
});

const allocations = [{ name: 'grpc', env: 'GRPC_PORT' }];
const annotated = (key: string, text: string): Spec =>
  component({ template: { metadata: { annotations: { [key]: text } }, spec: { containers: [{ name: 'main' }] } } });
const STAY = 'the ports of a component that is there stay as they are';

describe('a set keeps', () => {
  test.each<[string, Spec, Spec, string]>([
    [
      'its identity',
      setOf([component()]),
      setOf([component()], { identity: 'Stateless' }),
      "identity can't be changed",
    ],
    ['its role', setOf([component()]), setOf([component()], { role: 'router' }), "role can't be changed"],
    ['its pool', setOf([component()], { poolName: 'a' }), setOf([component()]), "poolName can't be changed"],
    ['typed ports', setOf([component({ ports: { allocations } })]), setOf([component({ ports: {} })]), STAY],
    ['typed ports, when they come', setOf([component()]), setOf([component({ ports: { allocations } })]), STAY],
    ['typed ports, when they go', setOf([component({ ports: { allocations } })]), setOf([component()]), STAY],
    [
      'annotated ports',
      setOf([annotated('hostport.io/port-allocator', '{}')]),
      setOf([annotated('hostport.io/port-allocator', '{ }')]),
      STAY,
    ],
    [
      'ports when they move',
      setOf([annotated('hostport.io/port-allocator', '{}')]),
      setOf([component({ ports: {} })]),
      STAY,
    ],
    [
      'annotated ports, when they go',
      setOf([annotated('rolebasedgroup.workloads.x-k8s.io/port-allocator', '{}')]),
      setOf([component()]),
      STAY,
    ],
  ])('%s', async (_, before, after, message) => {
    await succeed(apply(manifest('RoleInstanceSet', 'changed', before)));
    const { stderr } = await cluster.kubectl(['replace', '-f', '-'], manifest('RoleInstanceSet', 'changed', after));
    await remove('ris', 'changed');
    expect(stderr).toContain(message);
  });

  test('nothing else: labels, images, sizes, components', async () => {
    const ports = { allocations };
    await succeed(
      apply(manifest('RoleInstanceSet', 'edited', setOf([component({ ports }), component({ name: 'worker' })]))),
    );
    const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main', image: 'b' }] } };
    const after = setOf([component({ ports, size: 3, template }), component({ name: 'router', ports })], {
      replicas: 4,
    });
    await succeed(cluster.kubectl(['replace', '-f', '-'], manifest('RoleInstanceSet', 'edited', after)));
    await remove('ris', 'edited');
  });
});

describe('an instance keeps', () => {
  const ports = { allocations };
  test.each<[string, Spec, Spec, string]>([
    ['its index', { index: 0, components: [] }, { index: 1, components: [] }, "index can't be changed"],
    ['its role', { role: 'a', components: [] }, { components: [] }, "role can't be changed"],
    ['its pool', { components: [] }, { poolName: 'a', components: [] }, "poolName can't be changed"],
    ['ports', { components: [component({ ports })] }, { components: [component()] }, STAY],
  ])('%s', async (_, before, after, message) => {
    await succeed(apply(manifest('RoleInstance', 'changed', before)));
    const { stderr } = await cluster.kubectl(['replace', '-f', '-'], manifest('RoleInstance', 'changed', after));
    await remove('ri', 'changed');
    expect(stderr).toContain(message);
  });
});

test.each([
  ['RoleInstanceSet', setOf([component()]), { readyReplicas: 2, updatedReplicas: 3 }, 'shown 1 2 3'],
  ['RoleInstance', { components: [] }, { restarts: 4, conditions: [isReady()] }, 'shown True 4'],
] as const)('a %s shows how it fares', async (kind, spec, status, row) => {
  await succeed(apply(manifest(kind, 'shown', spec)));
  const patch = JSON.stringify({ status });
  await succeed(cluster.kubectl(['patch', kind, 'shown', '--subresource=status', '--type=merge', '-p', patch]));
  const [head = '', line = ''] = (await succeed(cluster.kubectl(['get', kind, 'shown']))).split('\n');
  const headings = kind === 'RoleInstanceSet' ? 'NAME DESIRED READY UPDATED AGE' : 'NAME READY RESTARTS AGE';
  expect(head.trim().replaceAll(/ +/g, ' ')).toBe(headings);
  expect(line.replaceAll(/ +/g, ' ')).toContain(row);
  await remove(kind, 'shown');
});

function isReady(): object {
  const lastTransitionTime = '2026-01-02T03:04:05Z';
  return { type: 'Ready', status: 'True', reason: 'Ready', message: 'as the test says', lastTransitionTime };
}

test.each(['RoleInstanceSet', 'RoleInstance'] as const)('a %s can be scaled', async (kind) => {
  const spec =
    kind === 'RoleInstanceSet' ? setOf([component()], { replicas: 2 }) : { replicas: 2, components: [component()] };
  await succeed(apply(manifest(kind, 'scaled', spec)));
  const status = JSON.stringify({ status: { replicas: 2, selector: 'hostport.io/component=leader' } });
  await succeed(cluster.kubectl(['patch', kind, 'scaled', '--subresource=status', '--type=merge', '-p', status]));
  await succeed(cluster.kubectl(['scale', kind, 'scaled', '--replicas=5']));
  const scale: unknown = JSON.parse(
    await succeed(cluster.kubectl(['get', kind, 'scaled', '--subresource=scale', '-o', 'json'])),
  );
  expect(scale).toMatchObject({
    spec: { replicas: 5 },
    status: { replicas: 2, selector: 'hostport.io/component=leader' },
  });
  await remove(kind, 'scaled');
});
