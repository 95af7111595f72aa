import { callApi, mustCallApi, type Access } from './api.ts';

/** Creates the fake nodes `node-1` … `node-<count>`. */
export async function createNodes(access: Access, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  for (let start = 0; start < count; start += 16) {
    const some = numbers.slice(start, start + 16);
    await Promise.all(some.map((number) => mustCallApi(access, 'POST', '/api/v1/nodes', fakeNode(number))));
  }
}

/** Whether there are `count` nodes that are ready and free of the taint that new nodes have. */
export async function areNodesReady(access: Access, count: number): Promise<boolean> {
  const { status, body } = await callApi(access, 'GET', '/api/v1/nodes').catch(() => ({ status: 0, body: undefined }));
  if (status !== 200) return false;
  const { items } = body as { items: NodeState[] };
  return items.filter(isReady).length >= count;
}

interface NodeState {
  readonly spec: { readonly taints?: readonly unknown[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

function isReady({ spec, status }: NodeState): boolean {
  const ready = status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return ready === true && (spec.taints ?? []).length === 0;
}

function fakeNode(number: number): unknown {
  const name = `node-${number}`;
  // Large enough that only what a test is about ever runs out.
  const resources = { cpu: '256', memory: '1Ti', 'ephemeral-storage': '1Ti', pods: '1000' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        type: 'kwok',
      },
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
    },
    // 1022 addresses for pods: kwok gives every pod one, and all nodes the same ones unless it is told otherwise.
    spec: { podCIDR: `10.${128 + (number >> 6)}.${(number & 63) << 2}.0/22` },
    status: {
      capacity: resources,
      allocatable: resources,
      // Each its own: the pods of the host network have their node's address.
      addresses: [
        { type: 'InternalIP', address: `192.168.${number >> 8}.${number & 255}` },
        { type: 'Hostname', address: name },
      ],
    },
  };
}
