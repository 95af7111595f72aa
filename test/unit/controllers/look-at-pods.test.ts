import { expect, test } from '@jest/globals';
import { lookAtPods } from '../../../src/controllers/sweep/index.ts';
import type { ClusterClient, ListOptions, Pod } from '../../../src/kube/index.ts';
import { container, pod, port } from '../workload/pods.ts';

const { signal } = new AbortController();
const NUMBERS = new Set([20_000, 20_001, 20_002, 20_003]);

/** One that declares a host port. */
function onHost(number: number, spec: Partial<Pod['spec']> = {}, status: Pod['status'] = {}): Pod {
  const made = pod([container('server', [{ ...port('http', 8080), hostPort: number }])]);
  return { ...made, spec: { ...made.spec, ...spec }, status };
}

/** One of a role instance, on the network of the cluster: its numbers stand in its variables, and where it listens. */
function ofInstance(): Pod {
  const server = { ...container('server', [port('rpc', 20_002)]), env: [{ name: 'RPC_PORT', value: '20003' }] };
  return { ...pod([server]), metadata: { ...pod([server]).metadata, labels: { 'hostport.io/role-instance': 'p-0' } } };
}

/** What a look finds where `pods` are stored. */
async function look(domain: string, ...pods: readonly Pod[]): Promise<readonly number[]> {
  const list = async (_type: unknown, { namespace, keep }: ListOptions<Pod>) => {
    expect(namespace).toBe('arena');
    return { items: pods.filter((each) => keep?.(each)), resourceVersion: '1' };
  };
  const found = await lookAtPods({ list } as unknown as ClusterClient)({ namespace: 'arena', domain }, NUMBERS, signal);
  return [...found].sort();
}

test.each<readonly [string, readonly Pod[], readonly number[]]>([
  ['a pod that runs', [onHost(20_000)], [20_000]],
  ['one on the host network', [onHost(20_001, { hostNetwork: true })], [20_001]],
  ['one of a role instance', [ofInstance()], [20_002, 20_003]],
  ['one that uses another number', [onHost(20_009)], []],
  ['one that has ended', [onHost(20_000, {}, { phase: 'Succeeded' })], []],
])('finds what pods that have not ended use, in their namespace: %s', async (_, pods, expected) => {
  expect(await look('', ...pods)).toEqual(expected);
});

test('of a node it counts who is there, or may come there', async () => {
  const pods = [onHost(20_000, { nodeName: 'a' }), onHost(20_001, { nodeName: 'b' }), onHost(20_002)];
  expect(await look('a', ...pods)).toEqual([20_000, 20_002]);
});
