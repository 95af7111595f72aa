import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventuallyWith } from '../../support/hostport/eventually.ts';
import { component, setOf } from '../../unit/api/role-cases.ts';
import { manifest } from '../api/cluster.ts';
import { installation } from '../api/installation.ts';
import type { Installation } from '../api/installation.ts';
import { succeed } from '../api/kubectl.ts';
import type { Run } from '../api/kubectl.ts';

/** Nobody listens there. */
const NOWHERE = 'https://127.0.0.1:1';
const CALLED = 'failed calling webhook "roleinstancesets.hostport.io"';

type Fields = Readonly<Record<string, unknown>>;

const ports = { allocations: [{ name: 'grpc', env: 'GRPC_PORT' }] };
const annotated = (annotations: Fields): Fields =>
  component({ template: { metadata: { annotations }, spec: { containers: [{ name: 'main', image: 'a' }] } } });
const asking = (size: number): object => manifest('RoleInstanceSet', 'asking', setOf([component({ ports, size })]));

let cluster: Installation;
const create = (spec: unknown): Promise<Run> =>
  cluster.kubectl(['create', '-f', '-', '--dry-run=server'], manifest('RoleInstanceSet', 'tried', spec));
const replace = (object: object): Promise<Run> => cluster.kubectl(['replace', '-f', '-'], object);

beforeAll(async () => {
  cluster = await installation();
  await cluster.install(undefined, NOWHERE);
  await succeed(cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'hostport']));
  const eventually = eventuallyWith(() => '');
  const attempt = (): Promise<Run> => cluster.kubectl(['create', '-f', '-'], asking(1));
  // What is deleted may be in force for a moment.
  await eventually(attempt, ({ code, stderr }) => code === 0 || stderr.includes('AlreadyExists'), 'a set with ports');
  await cluster.install(undefined, NOWHERE);
  const isAsked = ({ stderr }: Run): boolean => stderr.includes(CALLED);
  await eventually(() => create(setOf([component({ ports })])), isAsked, 'the webhook to be asked');
});
afterAll(async () => cluster[Symbol.asyncDispose]());

describe('while no manager answers', () => {
  test.each<[string, readonly Fields[]]>([
    [
      'without ports',
      [component(), annotated({ 'example.com/a': 'b' })].map((each, at) => ({ ...each, name: `c${at}` })),
    ],
    ['with a setting for plain pods', [annotated({ 'hostport.io/enabled': 'true' })]],
  ])('a set %s is taken', async (_, components) => {
    await succeed(create(setOf(components)));
  });

  test.each<[string, readonly Fields[]]>([
    ['typed ports', [component({ ports: {} })]],
    ['ports in an annotation', [annotated({ 'hostport.io/port-allocator': '{}' })]],
    ["ports in RoleBasedGroup's annotation", [annotated({ 'rolebasedgroup.workloads.x-k8s.io/port-allocator': '{}' })]],
    ['ports in one of its components', [component(), component({ name: 'worker', ports })]],
  ])('a set with %s waits', async (_, components) => {
    const { code, stderr } = await create(setOf(components));
    expect(code).toBe(1);
    expect(stderr).toContain(CALLED);
    expect(stderr).toContain(`"${NOWHERE}/?timeout=5s"`);
  });

  test('so does a change of its spec', async () => {
    expect((await replace(asking(2))).stderr).toContain(CALLED);
    expect((await cluster.kubectl(['scale', 'ris', 'asking', '--replicas=3'])).code).toBe(0);
  });

  test('a change of anything else is taken, and so is its end', async () => {
    await succeed(cluster.kubectl(['annotate', 'ris', 'asking', 'leader.http=20001']));
    await succeed(
      cluster.kubectl([
        'patch',
        'ris',
        'asking',
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"status":{"replicas":1}}',
      ]),
    );
    await succeed(
      cluster.kubectl([
        'patch',
        'ris',
        'asking',
        '--type=merge',
        '-p',
        '{"metadata":{"finalizers":["example.com/a"]}}',
      ]),
    );
    await succeed(cluster.kubectl(['delete', 'ris', 'asking', '--wait=false']));
    await succeed(
      cluster.kubectl(['patch', 'ris', 'asking', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']),
    );
    expect((await cluster.kubectl(['get', 'ris', 'asking'])).stderr).toContain('not found');
  });
});
