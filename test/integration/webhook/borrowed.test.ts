import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigMaps } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { CLUSTER, blockName, blockOf, sealOf } from '../../../src/ledger/index.ts';
import { succeed, startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { startTenant } from '../../support/hostport/tenant.ts';
import type { Tenant } from '../../support/hostport/tenant.ts';
import { claimsOf, create, assignedTo, whenHeld } from './holdings.ts';
import { podOf } from './manifests.ts';

let hostport: RunningHostport;
let tenant: Tenant;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, nodes: 1, sweepInterval: '1s', recordPods: true });
  await hostport.objects.createPool('doors', {
    ranges: ['21100-21199'],
    cooldown: '0s',
    maxPortsPerNamespace: 40,
  });
  tenant = await startTenant(hostport, 'arena');
});
afterAll(async () => {
  await tenant[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

/** Everything here is done with the rights of the tenant. */
const lend = async (name: string, port: number, poolName = 'doors'): Promise<Pod> => {
  const spec = { poolName, ports: [{ name: 'http', port }] };
  const metadata = { name, namespace: 'arena' };
  const kind = { apiVersion: 'hostport.io/v1alpha1', kind: 'PortAllocation' };
  await succeed(tenant.kubectl(['create', '-f', '-'], { ...kind, metadata, spec }));
  const runner = podOf(`${name}-runner`, { namespace: 'arena', settings: { allocation: name } });
  return JSON.parse(await succeed(tenant.kubectl(['create', '-o', 'json', '-f', '-'], runner))) as Pod;
};
const removeByForce = async (name: string): Promise<void> => {
  await succeed(tenant.kubectl(['delete', 'pa', name, '--wait=false']));
  await tenant.kubectl(['patch', 'pa', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
  await hostport.objects.gone(name, 'arena');
};
const endByForce = (name: string): Promise<string> =>
  succeed(tenant.kubectl(['delete', 'pod', name, '--grace-period=0', '--force']));
const holdersOf = async (number: number): Promise<readonly string[]> => {
  const claims = await claimsOf(hostport, 'arena/');
  return claims.filter((claim) => claim.number === number).map(({ holder }) => `${holder.kind} ${holder.name}`);
};
const whenHeldBy = (number: number, ...holders: readonly string[]): Promise<unknown> =>
  hostport.eventually(
    () => holdersOf(number),
    (now) => now.toSorted().join() === holders.toSorted().join(),
    `${number} is held for ${holders.join(' and ')}`,
  );
const rival = (name: string, port: number, poolName = 'doors'): Promise<unknown> =>
  hostport.objects.createAllocation(name, { poolName, ports: [{ name: 'http', port }] });

describe('the number of an allocation that a tenant has a pod borrow', () => {
  test('stays the pod’s when the allocation is deleted and its finalizers are nulled', async () => {
    expect(assignedTo(await lend('nulled', 21_100))).toEqual({ http: 21_100 });
    await removeByForce('nulled');
    await rival('wants-nulled', 21_100);
    await hostport.objects.refused('wants-nulled', 'PortHeld');
    await whenHeldBy(21_100, 'Pod nulled-runner');
    await hostport.objects.refused('wants-nulled', 'PortHeld');
    await endByForce('nulled-runner');
    expect(await hostport.objects.given('wants-nulled')).toMatchObject([{ port: 21_100 }]);
  });

  test('stays the pod’s without the annotation that says so', async () => {
    await lend('unsaid', 21_101);
    // Whether this is allowed or not.
    await tenant.kubectl(['annotate', 'pod', 'unsaid-runner', 'hostport.io/allocation-']);
    const moved = '{"spec":{"ports":[{"name":"http","port":21150}]}}';
    await succeed(tenant.kubectl(['patch', 'pa', 'unsaid', '--type=merge', '-p', moved]));
    const refusal = await hostport.objects.refused('unsaid', 'PortHeld', 'arena');
    expect(refusal?.message).toContain('is used by pod "unsaid-runner"');
    await removeByForce('unsaid');
    await whenHeldBy(21_101, 'Pod unsaid-runner');
    await rival('wants-unsaid', 21_101);
    await hostport.objects.refused('wants-unsaid', 'PortHeld');
    await endByForce('unsaid-runner');
    expect(await hostport.objects.given('wants-unsaid')).toMatchObject([{ port: 21_101 }]);
  });

  test('is the one that the pod was told, however an edit comes in between', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `raced-${at}`);
    const numbers = names.map((_, at) => 21_140 + at);
    const create = names.map((name, at) =>
      hostport.objects.createAllocation(
        name,
        { poolName: 'doors', ports: [{ name: 'http', port: numbers[at] ?? 0 }] },
        'arena',
      ),
    );
    await Promise.all(create);
    await Promise.all(names.map((name) => hostport.objects.given(name, 'arena')));
    const told = await Promise.all(
      names.map(async (name, at) => {
        const moved = JSON.stringify({ spec: { ports: [{ name: 'http', port: 21_160 + at }] } });
        const runner = podOf(`${name}-runner`, { namespace: 'arena', settings: { allocation: name } });
        const create = tenant.kubectl(['create', '-o', 'json', '-f', '-'], runner);
        const [made] = await Promise.all([create, tenant.kubectl(['patch', 'pa', name, '--type=merge', '-p', moved])]);
        return made.code === 0 ? assignedTo(JSON.parse(made.stdout) as Pod)['http'] : undefined;
      }),
    );
    for (const [at, number] of told.entries()) {
      if (number === undefined) continue;
      await whenHeldBy(number, `Pod raced-${at}-runner`, `PortAllocation raced-${at}`);
    }
    expect(told).not.toEqual(told.map(() => undefined));
  });

  test('is the allocation’s when the pod is deleted by force, and the next pod’s', async () => {
    await lend('forced', 21_102);
    await endByForce('forced-runner');
    await whenHeldBy(21_102, 'PortAllocation forced');
    const next = podOf('next-runner', { namespace: 'arena', settings: { allocation: 'forced' } });
    const attempt = () => tenant.kubectl(['create', '-o', 'json', '-f', '-'], next);
    const { stdout } = await hostport.eventually(attempt, ({ code }) => code === 0, 'it is lent again');
    expect(assignedTo(JSON.parse(stdout) as Pod)).toEqual({ http: 21_102 });
  });

  test('cools when the last of the two is gone, and only then', async () => {
    await hostport.objects.createPool('slow', { ranges: ['21200-21209'], cooldown: '1h' });
    await lend('slow', 21_200, 'slow');
    await removeByForce('slow');
    await whenHeldBy(21_200, 'Pod slow-runner');
    await rival('wants-slow', 21_200, 'slow');
    await hostport.objects.refused('wants-slow', 'PortHeld');
    await endByForce('slow-runner');
    const read = async (): Promise<string | undefined> => {
      const claims = (await hostport.ledger()).flatMap((block) => block.claims);
      return claims.find(({ number }) => number === 21_200)?.state;
    };
    await hostport.eventually(read, (state) => state === 'cooling', '21200 cools');
    await hostport.objects.refused('wants-slow', 'PortHeld');
  });

  test('is one pod’s of those that ask two managers at once', async () => {
    const names = Array.from({ length: 6 }, (_, at) => `wanted-${at}`);
    const spec = (at: number) => ({ poolName: 'doors', ports: [{ name: 'http', port: 21_130 + at }] });
    await Promise.all(names.map((name, at) => hostport.objects.createAllocation(name, spec(at), 'arena')));
    await Promise.all(names.map((name) => hostport.objects.given(name, 'arena')));
    const ask = (name: string, side: string) =>
      tenant.kubectl(
        ['create', '-f', '-'],
        podOf(`${name}-${side}`, { namespace: 'arena', settings: { allocation: name } }),
      );
    const runs = await Promise.all(names.map((name) => Promise.all(['left', 'right'].map((side) => ask(name, side)))));
    for (const [at, pair] of runs.entries()) {
      expect(pair.map(({ code }) => code).toSorted()).toEqual([0, 1]);
      expect(pair.map(({ stderr }) => stderr).join('')).toMatch(
        `PortAllocation "wanted-${at}" is used by pod "wanted-`,
      );
    }
  });

  test('passes on to the next try of a create that somebody behind us refused', async () => {
    await hostport.objects.createAllocation(
      'tried',
      { poolName: 'doors', ports: [{ name: 'http', port: 21_106 }] },
      'arena',
    );
    await hostport.objects.given('tried', 'arena');
    await succeed(hostport.kubectl(['create', 'quota', 'none', '--hard=pods=0', '-n', 'arena']));
    const runner = podOf('tried-runner', { namespace: 'arena', settings: { allocation: 'tried' } });
    const attempt = () => tenant.kubectl(['create', '-o', 'json', '-f', '-'], runner);
    const plain = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain' }, spec: runner.spec };
    const isFull = () => tenant.kubectl(['create', '--dry-run=server', '-f', '-'], plain);
    await hostport.eventually(isFull, ({ stderr }) => stderr.includes('exceeded quota'), 'the namespace takes no pods');
    expect((await attempt()).stderr).toContain('exceeded quota');
    expect(await holdersOf(21_106)).toContain('Pod tried-runner');
    await succeed(hostport.kubectl(['delete', 'quota', 'none', '-n', 'arena']));
    const second = await hostport.eventually(
      attempt,
      ({ stderr }) => !stderr.includes('exceeded quota'),
      'the namespace takes pods',
    );
    expect(second).toMatchObject({ code: 0 });
    expect(assignedTo(JSON.parse(second.stdout) as Pod)).toEqual({ http: 21_106 });
    await whenHeldBy(21_106, 'Pod tried-runner', 'PortAllocation tried');
  });

  test('is shown by a dry run, which lends nothing', async () => {
    await lend('shown', 21_103);
    await endByForce('shown-runner');
    await whenHeldBy(21_103, 'PortAllocation shown');
    const next = podOf('shown-next', { namespace: 'arena', settings: { allocation: 'shown' } });
    const shown = await succeed(tenant.kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], next));
    expect(assignedTo(JSON.parse(shown) as Pod)).toEqual({ http: 21_103 });
    expect(await holdersOf(21_103)).toEqual(['PortAllocation shown']);
  });

  test('is reserved for nobody whose ports don’t fit', async () => {
    await lend('fitting', 21_104);
    await endByForce('fitting-runner');
    await whenHeldBy(21_104, 'PortAllocation fitting');
    const ports = [{ name: 'other', containerPort: 8080 }];
    const misfit = podOf('misfit', { namespace: 'arena', settings: { allocation: 'fitting' }, ports });
    const { stderr } = await tenant.kubectl(['create', '-f', '-'], misfit);
    expect(stderr).toContain('has no port "other"');
    expect(await holdersOf(21_104)).toEqual(['PortAllocation fitting']);
  });

  test('counts once in the quota, until nobody of the two is left', async () => {
    await hostport.objects.createPool('one', { ranges: ['21210-21219'], cooldown: '0s', maxPortsPerNamespace: 1 });
    await lend('only', 21_210, 'one');
    const more = (name: string) =>
      hostport.objects.createAllocation(name, { poolName: 'one', ports: [{ name: 'http' }] }, 'arena');
    await more('further');
    await hostport.objects.refused('further', 'QuotaExceeded', 'arena');
    await removeByForce('only');
    await whenHeldBy(21_210, 'Pod only-runner');
    await more('another');
    await hostport.objects.refused('another', 'QuotaExceeded', 'arena');
    await endByForce('only-runner');
    await hostport.objects.given('further', 'arena');
    await hostport.objects.refused('another', 'QuotaExceeded', 'arena');
  });
});

test('no number ever had two holders, and no pod one that the ledger lacked', async () => {
  expect((await hostport.recorder.verdict()).faults).toEqual([]);
});

// What the recorder can't judge: it takes a pod's ports for numbers of the cluster, and any loss for a fault.
test('numbers of a node are lent to a pod that can come to it alone', async () => {
  await hostport.objects.createPool('nodes', { scope: 'Node', ranges: ['15000-15009'], cooldown: '0s' });
  const spec = { poolName: 'nodes', nodeName: 'node-1', ports: [{ name: 'http', port: 15_000, count: 2 }] };
  await hostport.objects.createAllocation('local', spec);
  await hostport.objects.given('local');
  const anywhere = await hostport.kubectl(['create', '-f', '-'], podOf('any', { settings: { allocation: 'local' } }));
  expect(anywhere.stderr).toContain('nodeSelector kubernetes.io/hostname: node-1');
  const pinned = { settings: { allocation: 'local' }, spec: { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } } };
  expect(assignedTo(await create(hostport, podOf('local-1', pinned)))).toEqual({ http: 15_000 });
  expect(await whenHeld(hostport, 'default/local-1', 2)).toEqual([15_000, 15_001]);
  const second = await hostport.kubectl(['create', '-f', '-'], podOf('local-2', pinned));
  expect(second.stderr).toContain('is used by pod "local-1"');
});

test('a loan of an earlier version is adopted, by what the pod’s spec says', async () => {
  await lend('upgraded', 21_105);
  await whenHeldBy(21_105, 'Pod upgraded-runner', 'PortAllocation upgraded');
  await Promise.all(hostport.managers.map((manager) => manager.kill('SIGTERM')));
  await forget(hostport, 21_105, ' Pod arena/upgraded-runner ');
  expect(await holdersOf(21_105)).toEqual(['PortAllocation upgraded']);
  await Promise.all(hostport.managers.map((manager) => manager.start()));
  await whenHeldBy(21_105, 'Pod upgraded-runner', 'PortAllocation upgraded');
  const { stderr } = await tenant.kubectl(
    ['create', '-f', '-'],
    podOf('late', { namespace: 'arena', settings: { allocation: 'upgraded' } }),
  );
  expect(stderr).toContain('is used by pod "upgraded-runner"');
});

/** Takes a line out of the ledger as if it had never been there. */
async function forget({ client, signal }: RunningHostport, number: number, words: string): Promise<void> {
  const key = { namespace: 'hostport-system', name: blockName({ domain: CLUSTER, first: blockOf(number) }) };
  const { data: before = {} } = await client.get(ConfigMaps, key, { signal });
  const lines = before[number]?.split('\n') ?? [];
  const data = { ...before, [number]: lines.filter((line) => !line.includes(words)).join('\n') };
  const body = { metadata: { annotations: { 'hostport.io/seal': sealOf(data) } }, data };
  await client.patch(ConfigMaps, key, { type: 'merge', body, signal });
}
