import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { claimsOf, create } from './holdings.ts';
import { podOf } from './manifests.ts';
import type { Manifest } from './manifests.ts';

const RBG = 'rolebasedgroup.workloads.x-k8s.io/port-allocator';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 1 });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** A pod as RoleBasedGroup makes it of a role with a leader and workers; `owned`: by one of its RoleInstances. */
function podOfRbg(name: string, owned = true): Manifest {
  const text = JSON.stringify({
    allocations: [
      { name: 'grpc', env: 'GRPC_PORT', annotationKey: 'example.com/grpc-port', scope: 'PodScoped' },
      { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
    ],
    references: [{ env: 'LEADER_PORT', from: 'prefill.leader.grpc' }],
  });
  const manifest = podOf(name, { settings: {}, annotations: { [RBG]: text } });
  const labels = {
    'rbg.workloads.x-k8s.io/group-name': 'demo',
    'rbg.workloads.x-k8s.io/role-name': 'prefill',
    'rbg.workloads.x-k8s.io/role-instance-name': 'demo-prefill-0',
    'rbg.workloads.x-k8s.io/component-name': 'leader',
  };
  const owner = {
    apiVersion: 'workloads.x-k8s.io/v1alpha2',
    kind: 'RoleInstance',
    name: 'demo-prefill-0',
    uid: '0f0f4f52-7f59-4b7c-9b0e-1f4f0d5a7a11',
    controller: true,
    blockOwnerDeletion: true,
  };
  const metadata = { ...manifest.metadata, labels, ...(owned ? { ownerReferences: [owner] } : {}) };
  return { ...manifest, metadata };
}

describe('a pod of an unmodified RoleBasedGroup', () => {
  test('passes by untouched, with references and RoleScoped ports, and nothing is held for it', async () => {
    const sent = podOfRbg('demo-prefill-0-leader-0');
    const { metadata, spec } = await create(hostport, sent);
    const { annotations } = sent.metadata as unknown as { readonly annotations: object };
    expect(metadata.annotations).toEqual(annotations);
    expect(spec.hostNetwork).toBeUndefined();
    expect(spec.containers[0]?.env).toBeUndefined();
    expect(spec.containers[0]?.ports).toMatchObject([{ name: 'http', containerPort: 8080 }]);
    expect(await claimsOf(hostport, 'default/demo-prefill')).toEqual([]);
  });

  test('is told from one that only asks in its words', async () => {
    const { stderr } = await hostport.kubectl(['create', '-f', '-'], podOfRbg('alone', false));
    expect(stderr).toContain('references are told to the pods of a RoleInstanceSet alone');
  });

  test('passes by while no manager answers', async () => {
    await Promise.all(hostport.managers.map((manager) => manager.kill('SIGTERM')));
    expect((await create(hostport, podOfRbg('demo-prefill-1-leader-0'))).metadata.name).toBe('demo-prefill-1-leader-0');
  });
});
