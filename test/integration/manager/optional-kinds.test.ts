import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { Pods } from '../../../src/kube/index.ts';
import { component, roleSet } from '../roles/sets.ts';
import { podOf } from '../webhook/manifests.ts';
import { allocation, numbersGiven, poolShows } from './expectations.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 1, args: ['--node-report-life', '20s'] });
  await hostport.objects.createPool('watched', { ranges: ['7300-7309'], cooldown: '0s', strategy: 'Sequential' });
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
});

/** The kinds that an installation may lose without being missed by anybody who asks for a number. */
const KINDS = ['nodereports', 'roleinstancesets', 'roleinstances'];

/** Reports, as the agent of a node would, that something listens on `port`. */
function report(port: number): Promise<string> {
  const spec = { listening: [{ protocol: 'TCP', port }], sockets: 1, renewTime: new Date().toISOString() };
  const metadata = { name: 'node-1' };
  return hostport.apply({ apiVersion: 'hostport.io/v1alpha1', kind: 'NodeReport', metadata, spec });
}

/** Waits until the metric of every manager says of each of {@link KINDS} whether it is seen. */
async function seen(isSeen: boolean): Promise<void> {
  const lines = KINDS.map((kind) => `hostport_optional_cache_synced{kind="${kind}"} ${isSeen ? 1 : 0}`);
  for (const manager of hostport.managers) {
    const read = async (): Promise<string> => (await manager.get('/metrics')).body;
    const isSaid = (text: string): boolean => lines.every((line) => text.includes(line));
    await hostport.eventually(read, isSaid, `${manager.name} says ${lines.join(', ')}`, 90_000);
  }
}

async function isServed(name: string): Promise<void> {
  await hostport.apply(allocation(name, { ports: [{ name: 'game' }] }));
  expect(await numbersGiven(hostport, name)).toHaveLength(1);
  await hostport.apply(podOf(name, { settings: { enabled: 'true' } }));
  const pod = await hostport.client.get(Pods, { namespace: 'default', name }, { signal: hostport.signal });
  expect(Number(pod.metadata.annotations?.['hostport.io/allocated-http'])).toBeGreaterThan(0);
}

describe('an installation that loses kinds which nobody needs who asks for a number', () => {
  test('goes on serving, and says what it misses', async () => {
    await report(7300);
    await poolShows(hostport, 'watched', { blocked: 1 });
    await seen(true);
    await succeed(hostport.kubectl(['delete', 'crd', ...KINDS.map((kind) => `${kind}.hostport.io`)]));
    // What was reported is believed for its life, and no longer.
    await hostport.apply(allocation('careful', { poolName: 'watched', ports: [{ name: 'game' }] }));
    expect(await numbersGiven(hostport, 'careful')).toEqual([7301]);
    await seen(false);
    expect(await hostport.manager().ready()).toBe(true);
    await isServed('without');
    await poolShows(hostport, 'watched', { blocked: 0 });
  });

  test('may be joined by a manager that has never seen them', async () => {
    await hostport.addManager();
    await seen(false);
    await hostport.manager(0).kill('SIGTERM');
    await hostport.eventually(
      () => hostport.leader(),
      (leader) => leader === hostport.manager(1),
      'the other one leads',
    );
    await isServed('alone');
  });

  test('takes them up again when they come back', async () => {
    await hostport.manager(0).start();
    await hostport.install();
    await seen(true);
    await report(7305);
    await poolShows(hostport, 'watched', { blocked: 1 });
    await hostport.apply(roleSet('back', [component('worker', undefined)]));
    const made = (): Promise<unknown[]> =>
      hostport.client
        .list(Pods, { namespace: 'default', signal: hostport.signal })
        .then(({ items }) => items.filter(({ metadata }) => metadata.name.startsWith('back-')));
    await hostport.eventually(made, ({ length }) => length === 1, 'the set has its pod');
  });
});
