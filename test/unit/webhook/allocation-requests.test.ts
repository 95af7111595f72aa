import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Ask } from '../../../src/allocation/index.ts';
import type { OwnerChain, Pod } from '../../../src/kube/index.ts';
import { allocationRequests } from '../../../src/webhook/allocation-requests.ts';
import { readPod } from '../../../src/workload/index.ts';
import { Managers, numberOf } from '../allocation/managers.ts';
import { allocation, tcp } from '../core/make.ts';

const { signal } = new AbortController();
const nobody = {} as unknown as OwnerChain;
const namespace = 'arena';

let managers: Managers;
beforeEach(() => {
  managers = new Managers('20032-20035');
});
afterEach(() => managers[Symbol.asyncDispose]());

/** The request of a create of pod `web` with one port, under a token; it may replace earlier creates. */
async function askOf(token: string, port: object, insteadOf: readonly string[] = []): Promise<Ask> {
  const metadata = {
    namespace,
    name: 'web',
    annotations: { 'hostport.io/enabled': 'true', 'hostport.io/pool': 'games' },
  };
  const pod = { metadata, spec: { containers: [{ name: 'main', ports: [port] }] } } as unknown as Pod;
  const reading = readPod(pod);
  if (reading.kind !== 'request') throw new Error('the pod asks for nothing');
  const identity = { name: 'web', token, insteadOf };
  const until = 45 + Math.ceil(managers.clock.now() / 1000);
  const candidate = { ...reading, namespace, identity, until, isOnNode: false };
  const requests = await allocationRequests(candidate, nobody, signal);
  if (!requests.ok || requests.value[0] === undefined) throw new Error('nothing is asked for');
  return requests.value[0];
}

test.each([
  ['another protocol', { name: 'p', containerPort: 80, protocol: 'UDP' }],
  ['another port', { name: 'q', containerPort: 80 }],
])('a create in the place of one that may be stored yet, with %s, gives nothing of it away', async (_, port) => {
  const { allocator } = managers.add();
  const first = await askOf('first', { name: 'p', containerPort: 80 });
  expect(await numberOf(allocator.reserve(first, signal))).toBe(20_032);
  const again = await askOf('again', port, ['first']);
  expect(await numberOf(allocator.reserve(again, signal))).toEqual(expect.any(Number));
  const rival = { holder: allocation('rival'), poolName: 'games', ports: [tcp('x', { number: 20_032 })] };
  expect(await numberOf(allocator.reserve(rival, signal))).toBe('PortHeld');
});
