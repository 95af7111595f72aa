import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ledgerSelector } from '../../../src/ledger/index.ts';
import { ConfigMaps } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PATIENCE_MS, Sets, component, envOf, roleSet } from './sets.ts';

let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2 });
  sets = new Sets(hostport);
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const NAME = 'kept';
const leader = component('leader', {
  allocations: [
    { name: 'grpc', env: 'GRPC_PORT' },
    { name: 'rtp', env: 'RTP_PORT', protocol: 'UDP', count: 3 },
    { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
  ],
});

const told = async (): Promise<readonly object[]> =>
  (await sets.pods(NAME)).map((pod) => {
    const { GRPC_PORT, RTP_PORT, HTTP_PORT } = envOf(pod);
    return { name: pod.metadata.name, GRPC_PORT, RTP_PORT, HTTP_PORT };
  });

async function lines(): Promise<readonly string[]> {
  const holders = await hostport.holders();
  return holders.map(({ number, holder, uid, port }) => `${number} ${holder} ${uid} ${port}`);
}

test('what the ledger has lost while no manager ran is known from the pods, before anybody new is served', async () => {
  await hostport.apply(roleSet(NAME, [leader], { replicas: 2 }));
  await sets.complete(NAME);
  const before = await lines();
  expect(before).toHaveLength(9);
  const pods = await told();
  const [manager] = hostport.managers;
  await manager?.kill('SIGKILL');
  const { client, signal } = hostport;
  const labelSelector = ledgerSelector;
  for (const { metadata } of (await client.list(ConfigMaps, { namespace: 'hostport-system', labelSelector, signal }))
    .items) {
    await client.remove(ConfigMaps, { namespace: 'hostport-system', name: metadata.name }, { signal });
  }
  expect(await lines()).toEqual([]);

  await manager?.start();
  await hostport.whenReady(PATIENCE_MS);
  await hostport.eventually(lines, (now) => now.join() === before.join(), 'everybody holds what he held', PATIENCE_MS);
  await succeed(hostport.kubectl(['delete', 'pods', '-l', `hostport.io/role-instance-set=${NAME}`]));
  await sets.complete(NAME);
  await hostport.eventually(told, ({ length }) => length === 2, 'there are new pods', PATIENCE_MS);
  expect(await told()).toEqual(pods);
});
