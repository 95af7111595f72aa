import { describe, expect, test } from '@jest/globals';
import type { ClusterClient, Pod } from '../../../src/kube/index.ts';
import { roleLabels } from '../../../src/api/index.ts';
import type { PortAllocation } from '../../../src/api/index.ts';
import { AllocationKeeper, isFormerPod, podRevision, wantedBy } from '../../../src/roles/index.ts';
import type { RoleCaches, RoleIndex } from '../../../src/roles/index.ts';
import { component, instanceOf } from '../workload/role/roles.ts';

const instance = instanceOf('prefill-0', [component('leader')]);

function allocationOf(owner: string, ports: readonly string[], more: object = {}): PortAllocation {
  const object = {
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'PortAllocation',
    metadata: {
      name: 'prefill-0.pods',
      namespace: 'models',
      uid: 'uid-of-allocation',
      resourceVersion: '7',
      generation: 1,
      finalizers: ['hostport.io/release', 'hostport.io/in-use'],
      ownerReferences: [
        { apiVersion: 'hostport.io/v1alpha1', kind: 'RoleInstance', name: 'prefill-0', uid: owner, controller: true },
      ],
      ...more,
    },
    spec: { ports: ports.map((name) => ({ name, protocol: 'TCP', count: 1 })) },
  };
  return object as unknown as PortAllocation;
}

/** Keeps ports `wanted` where `found` is there; gives what was written. */
async function keep(found: PortAllocation, wanted: readonly string[], pods: { others: boolean; former: boolean }) {
  const done: string[] = [];
  const client = {
    find: async () => found,
    remove: async () => void done.push('delete'),
    patch: async (_type: unknown, _key: unknown, { body }: { body: Partial<PortAllocation> }) => {
      const letsGo = body.metadata?.finalizers?.includes('hostport.io/in-use') === false;
      done.push(letsGo ? 'let go' : `ports ${body.spec?.ports.map(({ name }) => name).join(' ') ?? ''}`);
      return found;
    },
  } as unknown as ClusterClient;
  const caches = { allocations: { get: () => found, apply: () => undefined } } as unknown as RoleCaches;
  const keeper = new AllocationKeeper({ client, index: { caches } as unknown as RoleIndex });
  const ports = wanted.map((name) => ({ name, protocol: 'TCP', count: 1 }) as const);
  const questions = { ofOthers: async () => pods.others, ofFormerSpec: async () => pods.former };
  const request = wantedBy(instance, { name: 'prefill-0.pods', labels: {}, ports });
  await keeper.keep(request, questions, new AbortController().signal);
  return done;
}

const [ours, theirs] = ['uid-of-prefill-0', 'uid-of-one-before'];
const GOING = { deletionTimestamp: '2026-01-02T03:04:05Z' };

describe('an allocation that is there', () => {
  test.each([
    ['is as wanted', ours, ['a'], ['a'], {}, {}, []],
    ['lacks a port', ours, ['a'], ['a', 'b'], {}, {}, ['ports a b']],
    ['has a port too many', ours, ['a', 'b'], ['a'], {}, {}, ['ports a']],
    ['has a port too many, and a pod may have it', ours, ['a', 'b'], ['a'], {}, { former: true }, []],
    ['has one too many and lacks one', ours, ['a', 'b'], ['c'], {}, { former: true }, ['ports c a b']],
    ['is wanted no more', ours, ['a'], [], {}, {}, ['delete', 'let go']],
    ['is wanted no more, and a pod may have it', ours, ['a'], [], {}, { former: true }, []],
    ['goes, wanted no more', ours, ['a'], [], GOING, {}, ['let go']],
    ['goes, wanted no more, and a pod may have it', ours, ['a'], [], GOING, { former: true }, []],
    ['goes, and is wanted', ours, ['a'], ['a'], GOING, {}, []],
    ['was left behind', theirs, ['a'], ['a'], {}, {}, ['delete', 'let go']],
    ['was left behind, and a pod has it', theirs, ['a'], ['a'], {}, { others: true }, []],
  ] as const)('and %s', async (...row) => {
    const [, owner, has, wanted, metadata, pods, written] = row;
    const found = allocationOf(owner, has, metadata);
    expect(await keep(found, wanted, { others: false, former: false, ...pods })).toEqual(written);
  });
});

describe('a pod', () => {
  const typed = { allocations: [{ name: 'grpc', env: 'GRPC', scope: 'PodScoped' }], references: [] };
  const components = instanceOf('prefill-0', [component('leader', { size: 2 }), component('worker')]).spec.components;
  const [leader, worker] = components.map((each) => podRevision(each));
  const [withPorts] = instanceOf('prefill-0', [component('worker', { ports: typed })]).spec.components.map(podRevision);
  test.each([
    ['leader', 1, leader, false],
    ['leader', 2, leader, true],
    ['worker', 0, worker, false],
    ['worker', 0, withPorts, true],
    ['worker', 0, undefined, true],
    ['router', 0, leader, true],
  ])('%s-%d of revision %s is a former one: %s', (name, index, revision, isFormer) => {
    const labels = {
      [roleLabels.component]: name,
      [roleLabels.componentIndex]: String(index),
      ...(revision === undefined ? {} : { [roleLabels.revision]: revision }),
    };
    expect(isFormerPod({ metadata: { labels } } as unknown as Pod, components)).toBe(isFormer);
  });
});
