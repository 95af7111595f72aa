import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { Run, RunningHostport } from '../../support/hostport/hostport.ts';
import { startTenant } from '../../support/hostport/tenant.ts';
import type { Tenant } from '../../support/hostport/tenant.ts';
import { claimsOf, assignedTo, whenFree, whenHeld, whenThere } from './holdings.ts';
import { ENABLED, HTTP, allocatorOf, podOf, workloadOf } from './manifests.ts';
import type { Asked, Manifest, Port } from './manifests.ts';

/** What a tenant tries, with no rights but its own: each case has names, numbers and a pool of its own. */
const NAMESPACE = 'arena';
const QUOTA = 3;
/** Honest tenants are served within this, in milliseconds, whatever others do. */
const PROMPTLY_MS = 10_000;

let hostport: RunningHostport;
let tenant: Tenant;
beforeAll(async () => {
  hostport = await startHostport({
    managers: 2,
    nodes: 1,
    sweepInterval: '1s',
    reservationLife: '5s',
    recordPods: true,
  });
  tenant = await startTenant(hostport, NAMESPACE);
});
afterAll(async () => {
  await tenant[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

const attempt = (manifest: object): Promise<Run> => tenant.kubectl(['create', '-o', 'json', '-f', '-'], manifest);
const make = async (manifest: object): Promise<Pod> => JSON.parse(await succeed(attempt(manifest))) as Pod;
const endByForce = (name: string): Promise<string> =>
  succeed(tenant.kubectl(['delete', 'pod', name, '--grace-period=0', '--force', '--ignore-not-found']));
const ofTenant = (name: string, asked: Asked): Manifest => podOf(name, { namespace: NAMESPACE, ...asked });
const poolOf = (name: string, first: number, more: object = {}): Promise<unknown> =>
  hostport.objects.createPool(name, { ranges: [`${first}-${first + 99}`], cooldown: '0s', ...more });
/** Somebody else, in another namespace. */
const rival = (name: string, poolName: string, port?: number): Promise<unknown> =>
  hostport.objects.createAllocation(name, {
    poolName,
    ports: [{ name: 'p', ...(port === undefined ? {} : { port }) }],
  });
const portsFrom = (first: number, count: number, more: (at: number) => Partial<Port> = () => ({})): readonly Port[] =>
  Array.from({ length: count }, (_, at) => ({ name: `p${at}`, containerPort: first + at, ...more(at) }));
const held = (name: string): Promise<readonly unknown[]> => claimsOf(hostport, `${NAMESPACE}/${name}`);

describe('a pod that was served', () => {
  test('has no more by what is written on it later', async () => {
    await poolOf('later', 22_000, { maxPortsPerNamespace: QUOTA });
    const text = (count: number): string => allocatorOf({ name: 'rtp', env: 'RTP', count });
    await make(ofTenant('later', { settings: { pool: 'later', 'port-allocator': text(QUOTA) } }));
    const numbers = await whenHeld(hostport, `${NAMESPACE}/later`, QUOTA);
    for (const change of [`port-allocator=${text(900)}`, 'allocated-rtp=22050', 'pool=default', 'reservation-']) {
      const { code, stderr } = await tenant.kubectl([
        'annotate',
        'pod',
        'later',
        '--overwrite',
        `hostport.io/${change}`,
      ]);
      expect({ code, stderr }).toMatchObject({ code: 1 });
      expect(stderr).toContain('may not be added, changed or removed');
    }
    expect(await whenHeld(hostport, `${NAMESPACE}/later`, QUOTA)).toEqual(numbers);
  });

  test('keeps others from the numbers that it listens on without having been given them', async () => {
    await poolOf('silent', 22_100);
    const settings = { pool: 'silent', 'port-allocator': allocatorOf({ name: 'rpc', env: 'RPC' }) };
    const spec = { hostNetwork: true };
    await make(ofTenant('silent', { settings, spec, ports: [{ name: 'http', containerPort: 22_177 }] }));
    await whenHeld(hostport, `${NAMESPACE}/silent`, 1);
    await rival('wants-silent', 'silent', 22_177);
    const refusal = await hostport.objects.refused('wants-silent', 'PortHeld');
    expect(refusal?.message).toContain('22177');
    await endByForce('silent');
    expect(await hostport.objects.given('wants-silent')).toMatchObject([{ port: 22_177 }]);
  });

  test('has only results of ours, whatever it brings along', async () => {
    await poolOf('forged', 22_200);
    const brought = {
      'hostport.io/allocated-http': '10250',
      'hostport.io/allocated-other': '10251',
      'hostport.io/reservation': 'mine',
      'hostport.io/requested': '{"ports":[]}',
    };
    const settings = { ...ENABLED, pool: 'forged' };
    const told = assignedTo(await make(ofTenant('forged', { settings, annotations: brought })));
    expect(await whenHeld(hostport, `${NAMESPACE}/forged`, 1)).toEqual([told['http']]);
    expect(Object.keys(told)).toEqual(['http']);
    // One that asks for nothing has none at all, or isn't made.
    const plain = await attempt(ofTenant('plain', { settings: {}, annotations: brought }));
    if (plain.code === 0) expect(assignedTo(JSON.parse(plain.stdout) as Pod)).toEqual({});
    expect(await held('plain')).toEqual([]);
  });

  test('is none where the managers aren’t asked', async () => {
    const exempt = 'kube-node-lease';
    const account = `--serviceaccount=${NAMESPACE}:tenant`;
    await succeed(hostport.kubectl(['create', 'rolebinding', 'tenant', '--clusterrole=edit', account, '-n', exempt]));
    const asks = { namespace: exempt, annotations: { 'hostport.io/allocated-http': '10250' } };
    const create = (asked: Asked): Promise<Run> =>
      tenant.kubectl(['-n', exempt, 'create', '-f', '-'], podOf('exempt', asked));
    const mayCreate = (): Promise<Run> => tenant.kubectl(['-n', exempt, 'auth', 'can-i', 'create', 'pods']);
    await hostport.eventually(mayCreate, ({ code }) => code === 0, 'the tenant may create pods there');
    expect((await create(asks)).stderr).toContain('Hostport gives no ports in namespace');
    expect((await create({ ...asks, settings: {} })).stderr).toContain('Hostport gave this pod no ports');
  });
});

/** Outside of the default pool, which would have them otherwise. */
describe('numbers that come along', () => {
  beforeAll(async () => {
    await poolOf('along', 5_300, { maxPortsPerNamespace: QUOTA });
    await poolOf('closed', 5_400, { namespaceSelector: { matchLabels: { vip: 'true' } } });
  });
  const names = (count: number): string =>
    portsFrom(0, count)
      .map(({ name }) => name)
      .join(',');
  const written = (first: number, count: number) => portsFrom(8000, count, (at) => ({ hostPort: first + at }));

  test.each<readonly [string, (first: number, count: number) => Asked]>([
    [
      'Passthrough',
      (first, count) => ({ settings: { ...ENABLED, policy: 'Passthrough' }, ports: portsFrom(first, count) }),
    ],
    ['keep', (first, count) => ({ settings: { ...ENABLED, keep: names(count) }, ports: portsFrom(first, count) })],
    [
      'a written hostPort',
      (first, count) => ({ settings: { ...ENABLED, network: 'Pod' }, ports: written(first, count) }),
    ],
  ])('by %s are within the quota and the selector of the pools that have them', async (_, asked) => {
    const many = await attempt(ofTenant('along', asked(5_300, QUOTA + 1)));
    expect(many.stderr).toContain(`holds 0 of the ${QUOTA} numbers that it may hold in pool "along"`);
    const foreign = await attempt(ofTenant('along', asked(5_400, 1)));
    expect(foreign.stderr).toContain(`namespace "${NAMESPACE}" may not use pool "closed"`);
    expect(await held('along')).toEqual([]);
    // What is within them is given: or it would prove nothing.
    await make(ofTenant('along', asked(5_300, QUOTA)));
    expect(await whenHeld(hostport, `${NAMESPACE}/along`, QUOTA)).toEqual([5_300, 5_301, 5_302]);
    await endByForce('along');
    await whenFree(hostport, `${NAMESPACE}/along`);
  });

  test('on a thousand addresses are refused as a whole, and others have the number', async () => {
    await poolOf('addresses', 22_500);
    const addresses = portsFrom(8000, 1_000, () => ({ hostPort: 22_550 })).map((port, at) => ({
      ...port,
      hostIP: `10.0.${at >> 8}.${at & 255}`,
    }));
    const began = performance.now();
    const { code, stderr } = await attempt(
      ofTenant('addresses', { settings: { ...ENABLED, network: 'Pod' }, ports: addresses }),
    );
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toMatch(/PortHeld|InvalidRequest/);
    expect(performance.now() - began).toBeLessThan(PROMPTLY_MS);
    expect(await held('addresses')).toEqual([]);
    await rival('addresses', 'addresses', 22_550);
    expect(await hostport.objects.given('addresses')).toMatchObject([{ port: 22_550 }]);
  });
});

describe('room', () => {
  test('is not used up by creates that fail behind us, and others are served meanwhile', async () => {
    await hostport.objects.createPool('failing', { ranges: ['22600-22999'], cooldown: '0s' });
    const asked: Asked = {
      settings: { pool: 'failing', 'port-allocator': allocatorOf({ name: 'a', env: 'A', count: 50 }) },
      container: { image: ' ' },
    };
    const runs = await Promise.all([0, 1, 2, 3, 4, 5].map((at) => attempt(ofTenant(`failing-${at}`, asked))));
    expect(runs.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(runs.some(({ stderr }) => stderr.includes("reserved for pods that aren't there yet"))).toBe(true);
    expect((await held('failing-')).length).toBeLessThanOrEqual(100);
    await rival('failing', 'failing');
    await hostport.objects.given('failing', 'default', PROMPTLY_MS);
    await whenFree(hostport, `${NAMESPACE}/failing-`);
  });

  test('is given to others promptly, however many allocations wait', async () => {
    await hostport.objects.createPool('full', { ranges: ['23000-23000'], cooldown: '0s' });
    await poolOf('beside', 23_100);
    const kind = { apiVersion: 'hostport.io/v1alpha1', kind: 'PortAllocation' };
    const spec = { poolName: 'full', ports: [{ name: 'p' }] };
    const items = Array.from({ length: 200 }, (_, at) => ({ ...kind, metadata: { name: `wait-${at}` }, spec }));
    await succeed(tenant.kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items }));
    await rival('beside', 'beside');
    await hostport.objects.given('beside', 'default', PROMPTLY_MS);
    expect(await held('wait-')).toHaveLength(1);
  });

  test('comes back with the port that a template no longer asks for', async () => {
    const entry = (name: string): object => ({ name, env: name.toUpperCase(), scope: 'RoleScoped' });
    const asking = (...names: readonly string[]): Manifest =>
      workloadOf('Deployment', 'drops', 2, {
        namespace: NAMESPACE,
        settings: { 'port-allocator': allocatorOf(...names.map(entry)) },
      });
    await make(asking('stays', 'goes'));
    const stays = async (): Promise<readonly unknown[]> =>
      (await whenThere(hostport, 'drops', 2, NAMESPACE)).map((pod) => assignedTo(pod)['stays']);
    const before = await stays();
    await whenHeld(hostport, `${NAMESPACE}/drops`, 2);
    await succeed(tenant.kubectl(['apply', '-f', '-'], asking('stays')));
    const ports = async (): Promise<readonly string[]> =>
      (await claimsOf(hostport, `${NAMESPACE}/drops`)).map(({ port }) => port);
    const isOver = (left: readonly string[]): boolean => left.join() === 'stays';
    await hostport.eventually(ports, isOver, 'only the port that is asked for is held', 60_000);
    expect(await stays()).toEqual(before);
  });

  test('is not taken by the first ask of a pod whose later one is refused', async () => {
    await hostport.objects.createPool('three', { ranges: ['23200-23202'], cooldown: '0s' });
    const shared = { name: 'rpc', env: 'RPC', scope: 'RoleScoped', count: 2 };
    const settings = { pool: 'three', 'port-allocator': allocatorOf({ name: 'own', env: 'OWN', count: 2 }, shared) };
    await make(workloadOf('StatefulSet', 'greedy', 0, { namespace: NAMESPACE, settings }));
    const path = ['get', 'statefulset', 'greedy', '-o', 'jsonpath={.metadata.uid}'];
    const uid = await succeed(tenant.kubectl(path));
    const pod = ofTenant('greedy-pod', { settings });
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'greedy', uid, controller: true };
    const { stderr } = await attempt({ ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } });
    expect(stderr).toContain('PoolExhausted');
    // At once, long before a reservation ends by itself.
    expect(await held('greedy')).toEqual([]);
  });
});

describe('a record', () => {
  test('that a tenant makes up holds nothing, and frees nothing when it goes', async () => {
    await poolOf('made-up', 23_300);
    const pod = await make(ofTenant('recorded', { settings: { ...ENABLED, pool: 'made-up' } }));
    const [number = NaN] = await whenHeld(hostport, `${NAMESPACE}/recorded`, 1);
    const recordOf = { apiVersion: 'v1', kind: 'Pod', name: 'recorded', uid: pod.metadata.uid };
    const record = {
      apiVersion: 'hostport.io/v1alpha1',
      kind: 'PortAllocation',
      metadata: { name: 'made-up', labels: { 'hostport.io/record': 'true' } },
      spec: { recordOf, poolName: 'made-up', ports: [{ name: 'http', port: 23_350, count: 2 }] },
    };
    const made = await attempt(record);
    expect((await claimsOf(hostport)).filter((claim) => [23_350, 23_351].includes(claim.number))).toEqual([]);
    if (made.code === 0)
      await succeed(tenant.kubectl(['delete', 'pa', 'made-up', '--wait=false', '--ignore-not-found']));
    await tenant.kubectl(['delete', 'pa', 'pod-recorded', '--wait=false', '--ignore-not-found']);
    await rival('wants-recorded', 'made-up', number);
    await hostport.objects.refused('wants-recorded', 'PortHeld');
    expect(await whenHeld(hostport, `${NAMESPACE}/recorded`, 1)).toEqual([number]);
  });
});

describe('a pod as large as the API server takes it', () => {
  test.each<readonly [string, Asked]>([
    [
      'thousands of settings',
      { annotations: Object.fromEntries(portsFrom(0, 5_000).map(({ name }) => [`hostport.io/x-${name ?? ''}`, 'y'])) },
    ],
    ['thousands of ports', { ports: portsFrom(1, 4_000) }],
    [
      'a list of ports to keep without end',
      {
        settings: {
          ...ENABLED,
          keep: portsFrom(0, 20_000)
            .map(({ name }) => name)
            .join(),
        },
      },
    ],
    [
      'a port allocator of hundreds of kilobytes',
      {
        settings: {
          'port-allocator': allocatorOf(
            ...portsFrom(0, 4_000).map(({ name = '' }) => ({ name, env: name.toUpperCase() })),
          ),
        },
      },
    ],
  ])('is refused promptly and in few words: %s', async (_, asked) => {
    const began = performance.now();
    const { code, stderr } = await attempt(ofTenant('large', { ports: [HTTP], ...asked }));
    expect(performance.now() - began).toBeLessThan(PROMPTLY_MS);
    expect(code).toBe(1);
    expect(stderr).toContain('admission webhook "pods.hostport.io" denied the request');
    expect(stderr.length).toBeLessThan(3_000);
    expect(await held('large')).toEqual([]);
  });
});

test('no number ever had two holders, and no pod one that the ledger lacked', async () => {
  expect((await hostport.recorder.verdict()).faults).toEqual([]);
});

test('where the policy is missing, a pod is given nothing of what it says that it has', async () => {
  await poolOf('unguarded', 5_500, { maxPortsPerNamespace: QUOTA });
  const text = (count: number): string => allocatorOf({ name: 'rtp', env: 'RTP', count });
  await make(ofTenant('unguarded', { settings: { pool: 'unguarded', 'port-allocator': text(2) } }));
  const numbers = await whenHeld(hostport, `${NAMESPACE}/unguarded`, 2);
  await succeed(hostport.kubectl(['delete', 'validatingadmissionpolicybinding', '--all']));
  const says = (): Promise<Run> =>
    tenant.kubectl(['annotate', 'pod', 'unguarded', '--overwrite', `hostport.io/port-allocator=${text(900)}`]);
  await hostport.eventually(says, ({ code }) => code === 0, 'nothing keeps the tenant from it');
  await Promise.all(hostport.managers.map((manager) => manager.kill('SIGTERM')));
  await succeed(hostport.kubectl(['-n', 'hostport-system', 'delete', 'configmaps', '-l', 'hostport.io/ledger=1']));
  await Promise.all(hostport.managers.map((manager) => manager.start()));
  await hostport.whenReady();
  await rival('unguarded', 'unguarded');
  await hostport.objects.given('unguarded');
  expect(numbers).toEqual(expect.arrayContaining([...(await whenAdopted())]));
});

/** What the pod has by the ledger that was lost. */
function whenAdopted(): Promise<readonly number[]> {
  const read = async (): Promise<readonly number[]> =>
    (await claimsOf(hostport, `${NAMESPACE}/unguarded`)).map(({ number }) => number);
  return hostport.eventually(read, ({ length }) => length > 0, 'the pod has numbers again');
}
