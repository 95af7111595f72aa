import { describe, expect, test } from '@jest/globals';
import { readBindingReview } from '../../../src/webhook/binding-review.ts';
import { readPodReview } from '../../../src/webhook/pod-review.ts';
import { readRoleInstanceSetReview } from '../../../src/webhook/role-instance-set-review.ts';
import { container, pod, port } from '../workload/pods.ts';
import { asked, reviewOf } from './reviews.ts';

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u1', controller: true };
const called = (metadata: object): object => ({ ...asked, metadata: { ...asked.metadata, ...metadata } });
const ownedBy = (change: object): object => called({ ownerReferences: [{ ...OWNER, ...change }] });
const withPort = (name: string): object => pod([container('server', [port('http', 80), port(name, 8080)])]);

function faultOf(read: ReturnType<typeof readPodReview> | ReturnType<typeof readBindingReview>): string | undefined {
  return read.ok ? undefined : read.error;
}

describe('a pod’s words that may come to stand in the ledger', () => {
  test.each<readonly [string, object, string]>([
    ['a space in the name', called({ name: 'x y' }), 'metadata.name "x y" is not a DNS name: write '],
    ['a line break in the name', called({ name: 'x\ny' }), 'metadata.name "x\\ny" is not'],
    ['NUL in the name', called({ name: 'x\0' }), 'metadata.name "x\\u0000" is not'],
    ['a name too long', called({ name: 'x'.repeat(254) }), 'has 254 characters: write at most 253'],
    ['an ordinal in the name', called({ name: 'web[3]' }), 'metadata.name "web[3]" is not'],
    ['no name', called({ name: '' }), 'write metadata.name, or metadata.generateName'],
    ['a made up prefix', called({ name: '', generateName: 'X ' }), 'metadata.generateName "X " is not'],
    ['a port with a space', withPort('a b'), 'port of container "server": "a b" is not the name of a port: write '],
    ['a port with a line break', withPort('a\nb'), '"a\\nb"'],
    [
      'a port of the init containers',
      { ...asked, spec: { containers: [], initContainers: [container('i', [port('A', 1)])] } },
      '"A"',
    ],
    ['an owner without UID', ownedBy({ uid: '' }), 'metadata.ownerReferences[0].uid "" is not a UID: write '],
    ['an owner with a UID of two lines', ownedBy({ uid: 'u\nv' }), 'metadata.ownerReferences[0].uid "u\\nv"'],
    ['an owner of a kind with a space', ownedBy({ kind: 'Re plica' }), 'metadata.ownerReferences[0].kind "Re plica"'],
    ['an owner of an odd group', ownedBy({ apiVersion: 'a b/v1' }), 'metadata.ownerReferences[0].apiVersion "a b/v1"'],
    ['an owner of an odd name', ownedBy({ name: 'web[3]' }), 'metadata.ownerReferences[0].name "web[3]"'],
    ['a node with a line break', { ...asked, spec: { ...asked.spec, nodeName: 'n\n1' } }, 'spec.nodeName "n\\n1"'],
  ])('are refused and quoted: %s', (_, object, says) => {
    expect(faultOf(readPodReview(reviewOf(object)))).toContain(says);
  });

  test('and so is a namespace', () => {
    expect(faultOf(readPodReview(reviewOf(asked, { namespace: 'a b' })))).toContain(
      'namespace "a b" is not a DNS label',
    );
  });

  test.each([
    ['owned', ownedBy({})],
    [
      'owned by a custom resource',
      ownedBy({ apiVersion: 'leaderworkerset.x-k8s.io/v1', kind: 'LeaderWorkerSet', name: 'a.b' }),
    ],
    ['with a generated name', called({ name: undefined, generateName: 'web-' })],
    ['with a port without a name', withPort('')],
  ])('pass as they are where they may: %s', (_, object) => {
    expect(faultOf(readPodReview(reviewOf(JSON.parse(JSON.stringify(object)))))).toBeUndefined();
  });
});

describe('a Binding’s words', () => {
  const binding = (metadata: object, target: object = {}, request: object = {}): unknown =>
    reviewOf(
      { metadata: { name: 'match-7', uid: 'uid-7', ...metadata }, target: { kind: 'Node', name: 'n1', ...target } },
      { resource: { group: '', version: 'v1', resource: 'pods' }, ...request },
    );

  test.each<readonly [string, unknown, string]>([
    ['the pod', binding({ name: 'x y' }), 'metadata.name "x y"'],
    ['its UID', binding({ uid: 'u\n' }), 'metadata.uid "u\\n"'],
    ['the node', binding({}, { name: 'n\n1' }), 'target.name "n\\n1"'],
    ['the namespace', binding({}, {}, { namespace: '../x' }), 'namespace "../x"'],
  ])('are refused and quoted: %s', (_, body, says) => {
    expect(faultOf(readBindingReview(body))).toContain(says);
  });

  test('pass as they are where they may', () => {
    expect(faultOf(readBindingReview(binding({})))).toBeUndefined();
  });
});

test('a set’s name is refused and quoted, too', () => {
  const resource = { group: 'hostport.io', version: 'v1alpha1', resource: 'roleinstancesets' };
  const read = readRoleInstanceSetReview(reviewOf({ metadata: { name: 'x y' } }, { resource, oldObject: null }));
  expect(read).toMatchObject({ ok: false, error: expect.stringContaining('metadata.name "x y"') });
});
