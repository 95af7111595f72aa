import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { claimsOf, create, numbersUnder, podNamed, assignedTo, whenFree, whenHeld } from './holdings.ts';
import { ENABLED, HTTP, podOf, workloadOf } from './manifests.ts';
import type { Asked, Manifest } from './manifests.ts';
import { Witness } from './witness.ts';

let hostport: RunningHostport;
let witness: Witness;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, nodes: 2, sweepInterval: '1s' });
  witness = new Witness(hostport);
  await witness.start();
});
afterAll(async () => {
  await witness[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

/** The first container's ports as the API server has them. */
function portsOf({ spec }: Pod): readonly unknown[] {
  return spec.containers[0]?.ports ?? [];
}

function without({ spec, ...pod }: Pod, name: string): Manifest {
  const { nodeName: _, ...rest } = spec as Pod['spec'] & { readonly nodeName?: string };
  const { annotations } = pod.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', annotations } as unknown as Manifest['metadata'],
    spec: rest,
  };
}

describe('a pod that brings along what another was told', () => {
  test('starts anew, as from a backup, while the other lives', async () => {
    const original = await create(hostport, podOf('original'));
    await whenHeld(hostport, 'default/original', 1);
    const restored = await create(hostport, without(await podNamed(hostport, 'original'), 'restored'));
    const [old, fresh] = [assignedTo(original), assignedTo(restored)];
    expect(Object.keys(fresh)).toEqual(['http']);
    expect(fresh['http']).not.toBe(old['http']);
    expect(restored.metadata.annotations?.['hostport.io/reservation']).not.toBe(
      original.metadata.annotations?.['hostport.io/reservation'],
    );
    expect(portsOf(restored)).toMatchObject([{ name: 'http', containerPort: fresh['http'], hostPort: fresh['http'] }]);
    expect(restored.spec.containers[0]?.env).toEqual([{ name: 'HOSTPORT_HTTP', value: String(fresh['http']) }]);
    expect(await whenHeld(hostport, 'default/restored', 1)).toEqual([fresh['http']]);
    expect(await numbersUnder(hostport, 'default/original')).toEqual([old['http']]);
  });

  test('starts anew under its own name, too, when it is restored after its end', async () => {
    const first = await create(hostport, podOf('phoenix'));
    await whenHeld(hostport, 'default/phoenix', 1);
    const manifest = without(await podNamed(hostport, 'phoenix'), 'phoenix');
    await succeed(hostport.kubectl(['delete', 'pod', 'phoenix']));
    const second = await create(hostport, manifest);
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(await whenHeld(hostport, 'default/phoenix', 1)).toEqual([assignedTo(second)['http']]);
  });

  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ['a number', { 'hostport.io/allocated-http': '20000' }],
    ['a number of a port that it doesn’t have', { 'hostport.io/allocated-other': '20000' }],
    ['a token', { 'hostport.io/reservation': '0123456789abcdef-0123456789ab' }],
    ['a record of how it came', { 'hostport.io/requested': '{"containers":[],"env":["PATH"]}' }],
    ['nonsense', { 'hostport.io/requested': '{', 'hostport.io/reservation': '', 'hostport.io/allocated-': 'x' }],
  ])('which is %s, that it made up, gets a number of its own', async (_, annotations) => {
    const pod = await create(hostport, podOf('forged', { annotations }));
    expect(Object.keys(assignedTo(pod))).toEqual(['http']);
    expect(await whenHeld(hostport, 'default/forged', 1)).toEqual(Object.values(assignedTo(pod)));
    expect(pod.metadata.annotations?.['hostport.io/reservation']).not.toBe(annotations['hostport.io/reservation']);
    expect((await claimsOf(hostport, 'default/forged')).map(({ holder }) => holder.uid)).toEqual([pod.metadata.uid]);
    await succeed(hostport.kubectl(['delete', 'pod', 'forged', '--now']));
    await whenFree(hostport, 'default/forged');
  });

  test('and asks for nothing itself gets nothing, and keeps nothing of it', async () => {
    const annotations = { 'hostport.io/allocated-http': '20000', 'hostport.io/reservation': 'x' };
    const pod = await create(hostport, podOf('idle', { settings: {}, annotations }));
    expect(pod.metadata.annotations).toBeUndefined();
    expect(portsOf(pod)).toEqual([{ name: 'http', containerPort: 8080, protocol: 'TCP' }]);
    expect(await claimsOf(hostport, 'default/idle')).toEqual([]);
  });
});

test('a dry run shows a number and writes nothing', async () => {
  const before = await hostport.ledger();
  const args = ['apply', '--dry-run=server', '-o', 'json', '-f', '-'];
  const pod = JSON.parse(await succeed(hostport.kubectl(args, podOf('dry')))) as Pod;
  expect(assignedTo(pod)['http']).toBeGreaterThanOrEqual(20_000);
  expect(pod.spec.hostNetwork).toBe(true);
  expect(await hostport.ledger()).toEqual(before);
});

describe('the number of a port', () => {
  const asked = (name: string, more: Asked): Promise<Pod> => create(hostport, podOf(name, more));

  test('is its own with Passthrough, in a pool or not', async () => {
    const ports = [HTTP, { name: 'game', containerPort: 21_500, protocol: 'UDP' as const }];
    const pod = await asked('passed', { settings: { ...ENABLED, policy: 'Passthrough' }, ports });
    expect(assignedTo(pod)).toEqual({ http: 8080, game: 21_500 });
    expect(await whenHeld(hostport, 'default/passed', 2)).toEqual([8080, 21_500]);
    const again = podOf('passed-too', { settings: { ...ENABLED, policy: 'Passthrough' } });
    const { stderr } = await hostport.kubectl(['create', '-f', '-'], again);
    expect(stderr).toContain('PortHeld: port 8080 for "http" is held by Pod default/passed');
  });

  test('is its own where it is kept, and given to the others', async () => {
    const ports = [
      { name: 'ssh', containerPort: 2222 },
      { name: 'web', containerPort: 8081 },
    ];
    const told = assignedTo(await asked('kept', { settings: { ...ENABLED, keep: 'ssh' }, ports }));
    expect(told['ssh']).toBe(2222);
    expect(told['web']).toBeGreaterThanOrEqual(20_000);
  });

  test('is one for TCP and UDP of one container port', async () => {
    const ports = [
      { name: 'dns', containerPort: 53, protocol: 'TCP' as const },
      { name: 'dns-udp', containerPort: 53, protocol: 'UDP' as const },
    ];
    const pod = await asked('both', { ports });
    const { dns } = assignedTo(pod);
    expect(assignedTo(pod)).toEqual({ dns, 'dns-udp': dns });
    expect(portsOf(pod)).toMatchObject([
      { hostPort: dns, protocol: 'TCP' },
      { hostPort: dns, protocol: 'UDP' },
    ]);
    expect(await whenHeld(hostport, 'default/both', 1)).toEqual([dns]);
  });

  test('without a name is told by its container port', async () => {
    const pod = await asked('unnamed', { ports: [{ containerPort: 9000 }] });
    expect(Object.keys(assignedTo(pod))).toEqual(['9000']);
    expect(pod.spec.containers[0]?.env).toEqual([{ name: 'HOSTPORT_9000', value: String(assignedTo(pod)['9000']) }]);
  });

  test('on the network of the pod is mapped to the container port', async () => {
    const pod = await asked('mapped', { settings: { ...ENABLED, network: 'Pod' } });
    expect(pod.spec.hostNetwork).toBeUndefined();
    expect(portsOf(pod)).toMatchObject([{ containerPort: 8080, hostPort: assignedTo(pod)['http'] }]);
  });

  test('of an init container counts, too, and all containers are told all numbers', async () => {
    const sidecar = {
      name: 'proxy',
      image: 'proxy',
      restartPolicy: 'Always',
      ports: [{ name: 'admin', containerPort: 1 }],
    };
    const container = {
      env: [{ name: 'LISTEN', value: ':$(HOSTPORT_HTTP)' }],
      readinessProbe: { httpGet: { port: 8080 } },
      livenessProbe: { tcpSocket: { port: 'http' } },
    };
    const pod = await asked('sidecar', { spec: { initContainers: [sidecar] }, container });
    const { http, admin } = assignedTo(pod);
    const told = [
      { name: 'HOSTPORT_HTTP', value: String(http) },
      { name: 'HOSTPORT_ADMIN', value: String(admin) },
    ];
    expect(pod.spec.containers[0]?.env).toEqual([...told, ...container.env]);
    expect(pod.spec.initContainers?.[0]?.env).toEqual(told);
    expect(pod.spec.initContainers?.[0]?.ports).toMatchObject([{ containerPort: admin, hostPort: admin }]);
    expect(pod.spec.containers[0]?.readinessProbe).toMatchObject({ httpGet: { port: http } });
    expect(pod.spec.containers[0]?.livenessProbe).toMatchObject({ tcpSocket: { port: 'http' } });
    expect(pod.spec.dnsPolicy).toBe('ClusterFirstWithHostNet');
  });
});

describe('host ports of pods that never asked', () => {
  const stranger = (name: string, hostPort: number): Manifest =>
    podOf(name, { settings: {}, ports: [{ name: 'web', containerPort: 80, hostPort }] });
  const inPool = (pool: string): Asked => ({ settings: { ...ENABLED, pool } });

  test('are passed over, and where there are no others the pool is full', async () => {
    await hostport.objects.createPool('small', { ranges: ['19300-19301'], cooldown: '0s' });
    await hostport.apply(stranger('stranger', 19_300));
    const isSeen = async (): Promise<number | undefined> => (await hostport.objects.findPool('small'))?.status?.blocked;
    await hostport.eventually(isSeen, (blocked) => blocked === 1, 'the pool shows it');
    const first = await create(hostport, podOf('small-1', inPool('small')));
    expect(assignedTo(first)).toEqual({ http: 19_301 });
    const { stderr } = await hostport.kubectl(['create', '-f', '-'], podOf('small-2', inPool('small')));
    expect(stderr).toContain('PoolExhausted: pool "small" has no free TCP number for port "http"');
    const exact = podOf('exact', { settings: { ...ENABLED, network: 'Pod' }, ports: [{ ...HTTP, hostPort: 19_300 }] });
    const refusal = await hostport.kubectl(['create', '-f', '-'], exact);
    expect(refusal.stderr).toContain('19300 for "http" is used by Pod default/stranger, which took it without asking');
    await succeed(hostport.kubectl(['delete', 'pod', 'stranger', '--now']));
    const attempt = () => hostport.kubectl(['create', '-f', '-'], podOf('small-2', inPool('small')));
    await hostport.eventually(attempt, ({ code }) => code === 0, 'the number is free');
    expect(assignedTo(await podNamed(hostport, 'small-2'))).toEqual({ http: 19_300 });
  });

  test('that are late are told of on the pod that has the number, which keeps it', async () => {
    const pod = await create(hostport, podOf('settled', inPool('default')));
    const [number = 0] = await whenHeld(hostport, 'default/settled', 1);
    await hostport.apply(stranger('late', number));
    const events = (): ReturnType<typeof hostport.objects.eventsOf> => hostport.objects.eventsOf('settled');
    const isTold = (seen: Awaited<ReturnType<typeof events>>): boolean =>
      seen.some(({ reason, message = '' }) => reason === 'Disputed' && message.includes(String(number)));
    const told = (await hostport.eventually(events, isTold, 'an Event tells of it')).find(
      ({ reason }) => reason === 'Disputed',
    );
    expect(told?.message).toContain('Pod default/late');
    expect(await numbersUnder(hostport, 'default/settled')).toEqual(Object.values(assignedTo(pod)));
  });
});

test('pods of controllers have their numbers as others do, and no number was anybody else’s', async () => {
  await hostport.apply(
    workloadOf('StatefulSet', 'engine', 2, {
      settings: { ...ENABLED, 'base-port': '30558' },
      ports: [HTTP, { name: 'grpc', containerPort: 9090 }],
    }),
  );
  expect(await whenHeld(hostport, 'default/engine', 4)).toEqual([30_558, 30_559, 30_560, 30_561]);
  expect(assignedTo(await podNamed(hostport, 'engine-1'))).toEqual({ http: 30_560, grpc: 30_561 });
  expect(await witness.faults()).toEqual([]);
  expect((await hostport.recorder.verdict()).faults).toEqual([]);
});
