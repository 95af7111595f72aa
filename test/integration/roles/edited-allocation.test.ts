import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { Sets, component, envOf, roleSet } from './sets.ts';

let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2 });
  await hostport.objects.editPool('default', { cooldown: '0s' });
  sets = new Sets(hostport);
});
afterAll(async () => hostport[Symbol.asyncDispose]());

test('a number of a role stays its pod’s when somebody takes it out of its allocation', async () => {
  const leader = component('leader', { allocations: [{ name: 'grpc', env: 'GRPC_PORT' }] });
  await hostport.apply(roleSet('edited', [leader], { replicas: 1 }));
  await sets.complete('edited');
  const told = async (): Promise<readonly number[]> =>
    (await sets.pods('edited')).map((pod) => Number(envOf(pod)['GRPC_PORT']));
  const [number = 0] = await told();
  await hostport.objects.createAllocation('wants', [{ name: 'x', port: number }]);
  await hostport.objects.refused('wants', 'PortHeld');

  await hostport.objects.editAllocation('edited-0.pods', { ports: [{ name: 'other', protocol: 'UDP' }] });

  // The instance says again what it wants, and what it has is what its pod was told.
  const ports = async (): Promise<string | undefined> => {
    const { metadata, status } = (await hostport.objects.findAllocation('edited-0.pods')) ?? {};
    return metadata?.generation === 3 && status?.observedGeneration === 3 ? status.summary : undefined;
  };
  const summary = await hostport.eventually(ports, (text) => text !== undefined, 'the edit is undone');
  expect(summary).toContain(String(number));
  expect(await told()).toEqual([number]);
  expect((await hostport.objects.findAllocation('wants'))?.status?.ports).toBeUndefined();
});
