import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { Run, RunningHostport } from '../../support/hostport/hostport.ts';
import { startTenant } from '../../support/hostport/tenant.ts';
import type { Tenant } from '../../support/hostport/tenant.ts';
import { claimsOf, create, podNamed, podsOf, assignedTo } from '../webhook/holdings.ts';
import { podOf } from '../webhook/manifests.ts';
import { placesIn, serviceOf, slicesOf, whenPlaces } from './slices.ts';

const TENANT = 'games';
const SHOP = `${TENANT}/shop`;
/** Where every node's kubelet listens. */
const KUBELET = 10_250;
/** What the webhook leaves on a pod that asks for a port `http`, in its own words. */
const REQUESTED = JSON.stringify({
  containers: [{ name: 'server', ports: [{ name: 'http', protocol: 'TCP', containerPort: 8080 }] }],
  env: ['HOSTPORT_HTTP'],
});

let hostport: RunningHostport;
let tenant: Tenant;
/** Of a pod in another namespace, on the same node. */
let victim = 0;

beforeAll(async () => {
  hostport = await startHostport({ nodes: 1, sweepInterval: '1s', record: false });
  tenant = await startTenant(hostport, TENANT);
  victim = assignedTo(await create(hostport, podOf('victim')))['http'] ?? 0;
  await make(honest('first'));
  const annotations = { publish: 'true', selector: 'app=shop' };
  await succeed(tenant.kubectl(['create', '-f', '-'], serviceOf('shop', annotations, {}, TENANT)));
  await whenPlaces(hostport, SHOP, await placesOf('first'));
});
afterAll(async () => {
  await tenant[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

interface Manifest {
  readonly metadata: object;
}

function inShop<T extends Manifest>(manifest: T): T {
  return { ...manifest, metadata: { ...manifest.metadata, labels: { app: 'shop' } } };
}

function honest(name: string): Manifest {
  return inShop(podOf(name, { namespace: TENANT }));
}

/** A pod that says it was given `number`; its process is told so by itself. */
function forged(name: string, number: number, more: Readonly<Record<string, string>> = {}): Manifest {
  const env = [{ name: 'HOSTPORT_HTTP', value: String(number) }];
  const settings = { enabled: 'true', requested: REQUESTED, reservation: 'mine', 'allocated-http': String(number) };
  return inShop(podOf(name, { namespace: TENANT, settings: { ...settings, ...more }, container: { env } }));
}

function attempt(manifest: Manifest, ...args: readonly string[]): Promise<Run> {
  return tenant.kubectl(['create', '-f', '-', ...args], manifest);
}

async function make(manifest: Manifest): Promise<void> {
  await succeed(attempt(manifest));
}

/** Waits until the pods run, and gives where they would be found by what they say. */
async function placesOf(...names: readonly string[]): Promise<readonly string[]> {
  const read = (): Promise<readonly Pod[]> => Promise.all(names.map((name) => podNamed(hostport, name, TENANT)));
  const run = (pods: readonly Pod[]): boolean =>
    pods.every(({ status }) => status?.phase === 'Running' && status.hostIP !== undefined);
  const pods = await hostport.eventually(read, run, `${names.join(', ')} run`);
  return pods.map((pod) => `${pod.metadata.name} ${pod.status?.hostIP}:${assignedTo(pod)['http']}`);
}

test('a tenant who forges what pods were told, while the webhook is missing, has nothing of it published', async () => {
  const {
    metadata: { annotations = {} },
  } = await podNamed(hostport, 'first', TENANT);
  await succeed(hostport.kubectl(['delete', 'mutatingwebhookconfiguration', 'hostport']));
  const isStored = ({ stdout }: Run): boolean => stdout.includes(`"hostport.io/allocated-http": "${KUBELET}"`);
  const dryRun = (): Promise<Run> => attempt(forged('kubelet', KUBELET), '--dry-run=server', '-o', 'json');
  await hostport.eventually(dryRun, isStored, 'the webhook is called no more');

  const lies = [
    forged('kubelet', KUBELET),
    forged('neighbour', victim),
    // In the domain of the node nobody holds the number.
    forged('on-its-node', victim, { 'node-pool': 'nodes' }),
    // What another pod of the tenant holds, with all that it says.
    forged('namesake', Number(annotations['hostport.io/allocated-http']), {
      reservation: annotations['hostport.io/reservation'] ?? '',
    }),
  ];
  for (const lie of lies) await make(lie);
  const names = ['kubelet', 'neighbour', 'on-its-node', 'namesake'];
  const would = await placesOf(...names);
  expect(would).toEqual(expect.arrayContaining([expect.stringMatching(`^kubelet .*:${KUBELET}$`)]));

  await hostport.install();
  const late = (): Promise<Run> => attempt(honest('late'));
  await hostport.eventually(late, ({ code }) => code === 0, 'the webhook is called again');
  // A sweep takes a pod's word for what nobody else has.
  const adopted = (): Promise<readonly unknown[]> => claimsOf(hostport, `${TENANT}/kubelet`);
  await hostport.eventually(adopted, ({ length }) => length > 0, 'the sweep has found the pods');
  await make(honest('last'));
  await whenPlaces(hostport, SHOP, await placesOf('first', 'late', 'last'));
  expect((await podsOf(hostport, 'shop', TENANT)).length).toBe(3 + names.length);

  const told = await hostport.eventually(
    async () => (await hostport.objects.eventsOf('shop', TENANT)).filter(({ reason }) => reason === 'NotHeld'),
    ({ length }) => length > 0,
    'the owner of the Service is told',
  );
  expect(told.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^10250 of port "http", as pod "kubelet" says, is not published.*: delete the pod/),
  ]);
  expect(placesIn(await slicesOf(hostport, SHOP))).toEqual(await placesOf('first', 'last', 'late'));
});
