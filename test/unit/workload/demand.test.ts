import { describe, expect, test } from '@jest/globals';
import type { Container, PodSpec } from '../../../src/kube/index.ts';
import { demandOf } from '../../../src/workload/demand.ts';
import type { DemandedPort } from '../../../src/workload/demand.ts';
import { allocator, asking, container, needs, pod, port, settingsOf } from './pods.ts';

const ON = { enabled: 'true' };

/** The ports that a pod with `containers` and `settings` needs. */
function demanded(
  containers: readonly Container[],
  settings: Readonly<Record<string, string>> = ON,
  spec: Partial<PodSpec> = {},
): readonly DemandedPort[] {
  return needs(pod(containers, { annotations: asking(settings), spec })).ports;
}

/** The refusal of a pod with `containers` and `settings`. */
function refusal(containers: readonly Container[], settings: Readonly<Record<string, string>> = ON): string {
  const of = pod(containers, { annotations: asking(settings) });
  const demand = demandOf(of, settingsOf(of));
  return demand.ok ? 'nothing was refused' : `${demand.error.reason}: ${demand.error.message}`;
}

/** Name, protocol and number of each port. */
function short(ports: readonly DemandedPort[]): readonly string[] {
  return ports.map(({ name, protocol, number }) => `${name} ${protocol} ${number ?? 'any'}`);
}

describe('an enabled pod needs a number', () => {
  test('for each port of its containers and init containers, in that order', () => {
    const ports = demanded([container('game', [port('http', 8080), port('', 9090, { protocol: 'UDP' })])], ON, {
      initContainers: [container('proxy', [port('admin', 15000)])],
    });
    expect(ports).toEqual([
      {
        name: 'http',
        protocol: 'TCP',
        count: 1,
        scope: 'PodScoped',
        source: 'container',
        env: 'HOSTPORT_HTTP',
        annotation: 'hostport.io/allocated-http',
        aliases: [],
      },
      expect.objectContaining({ name: '9090', env: 'HOSTPORT_9090', annotation: 'hostport.io/allocated-9090' }),
      expect.objectContaining({ name: 'admin' }),
    ]);
    expect(short(ports)).toEqual(['http TCP any', '9090 UDP any', 'admin TCP any']);
  });

  test('for none, when it declares none', () => {
    expect(demanded([container('game')])).toEqual([]);
  });

  test('without a protocol written, on TCP', () => {
    expect(short(demanded([container('game', [{ containerPort: 80 }])]))).toEqual(['80 TCP any']);
  });
});

describe('TCP and UDP on one container number get one number', () => {
  const tcp = port('dns', 53);
  const udp = port('dns-udp', 53, { protocol: 'UDP' });
  const other = { name: 'dns-udp', env: 'HOSTPORT_DNS_UDP', annotation: 'hostport.io/allocated-dns-udp' };

  test('called by the first, the other name written, too', () => {
    expect(demanded([container('game', [tcp, udp])])).toEqual([
      expect.objectContaining({ name: 'dns', protocol: 'TCPUDP', env: 'HOSTPORT_DNS', aliases: [other] }),
    ]);
  });

  test('in whatever order and containers', () => {
    expect(short(demanded([container('game', [udp]), container('side', [tcp])]))).toEqual(['dns-udp TCPUDP any']);
  });

  test('unnamed, they have one name', () => {
    const ports = demanded([container('game', [port('', 53), port('', 53, { protocol: 'UDP' })])]);
    expect(ports).toEqual([expect.objectContaining({ name: '53', protocol: 'TCPUDP', aliases: [] })]);
  });

  test('and the number that one of them has', () => {
    expect(short(demanded([container('game', [tcp, { ...udp, hostPort: 5353 }])]))).toEqual(['dns TCPUDP 5353']);
    expect(short(demanded([container('game', [tcp, udp])], { ...ON, keep: 'dns-udp' }))).toEqual(['dns TCPUDP 53']);
  });

  test.each([
    ['different addresses', { hostIP: '10.0.0.5' }, ['dns TCP any', 'dns-udp UDP any']],
    ['SCTP', { protocol: 'SCTP' }, ['dns TCP any', 'dns-udp SCTP any']],
    ['another container number', { containerPort: 54 }, ['dns TCP any', 'dns-udp UDP any']],
  ])('but not with %s', (_, difference, expected) => {
    expect(short(demanded([container('game', [tcp, { ...udp, ...difference }])]))).toEqual(expected);
  });

  test('but not with different numbers of their own', () => {
    const ports = [
      { ...tcp, hostPort: 5353 },
      { ...udp, hostPort: 5354 },
    ];
    expect(short(demanded([container('game', ports)]))).toEqual(['dns TCP 5353', 'dns-udp UDP 5354']);
  });
});

describe('what counts as written by the user', () => {
  test.each([
    ['no host port', {}, {}, 'any'],
    ['a host port of 0', {}, { hostPort: 0 }, 'any'],
    ['a host port without host network', {}, { hostPort: 9000 }, 9000],
    ['a host port that equals the container port, without host network', {}, { hostPort: 8080 }, 8080],
    ['what the API server fills in under hostNetwork', { hostNetwork: true }, { hostPort: 8080 }, 'any'],
    ['another host port under hostNetwork', { hostNetwork: true }, { hostPort: 9000 }, 9000],
    ['nothing filled in under hostNetwork', { hostNetwork: true }, {}, 'any'],
  ])('%s', (_, spec, parts, number) => {
    expect(short(demanded([container('game', [port('http', 8080, parts)])], ON, spec))).toEqual([`http TCP ${number}`]);
  });

  test('a host port on the network of the pod', () => {
    const ports = demanded([container('game', [port('http', 8080, { hostPort: 9000 })])], { ...ON, network: 'Pod' });
    expect(short(ports)).toEqual(['http TCP 9000']);
  });

  test('the address', () => {
    const [only] = demanded([container('game', [port('http', 8080, { hostIP: '10.0.0.5' })])]);
    expect(only?.hostIP).toBe('10.0.0.5');
    const [unbound] = demanded([container('game', [port('http', 8080, { hostIP: '' })])]);
    expect(unbound).not.toHaveProperty('hostIP');
  });
});

describe('ports keep their own numbers', () => {
  const game = [container('game', [port('http', 8080), port('', 9090), port('mapped', 80, { hostPort: 9000 })])];

  test.each([
    [{ keep: 'http' }, ['http TCP 8080', '9090 TCP any', 'mapped TCP 9000']],
    [{ keep: '9090,mapped' }, ['http TCP any', '9090 TCP 9090', 'mapped TCP 9000']],
    [{ policy: 'Passthrough' }, ['http TCP 8080', '9090 TCP 9090', 'mapped TCP 9000']],
  ])('with %j', (settings, expected) => {
    expect(short(demanded(game, { ...ON, ...settings }))).toEqual(expected);
  });

  test('but with an allocation, which gives them by name', () => {
    expect(short(demanded(game, { allocation: 'match' }))).toEqual(['http TCP any', '9090 TCP any', 'mapped TCP any']);
  });
});

describe('a port allocator', () => {
  const grpc = { name: 'grpc', env: 'GRPC_PORT' };
  const text = (...entries: object[]) => ({ 'port-allocator': allocator(...entries) });

  test('is met without any container port, and leaves those of other names alone', () => {
    const rtp = { name: 'rtp', env: 'RTP', scope: 'RoleScoped', protocol: 'UDP', count: 8, annotationKey: 'x.io/rtp' };
    expect(demanded([container('game', [port('http', 8080)])], text(grpc, rtp))).toEqual([
      {
        ...grpc,
        protocol: 'TCP',
        count: 1,
        scope: 'PodScoped',
        source: 'portAllocator',
        annotation: 'hostport.io/allocated-grpc',
        aliases: [],
      },
      {
        name: 'rtp',
        env: 'RTP',
        endEnv: 'RTP_END',
        protocol: 'UDP',
        count: 8,
        scope: 'RoleScoped',
        source: 'portAllocator',
        annotation: 'hostport.io/allocated-rtp',
        annotationKey: 'x.io/rtp',
        aliases: [],
      },
    ]);
  });

  test('shares its number with the container port of its name', () => {
    const game = [container('game', [port('http', 8080), port('grpc', 9000, { hostIP: '10.0.0.5' })])];
    const ports = demanded(game, { ...ON, ...text(grpc) });
    expect(short(ports)).toEqual(['http TCP any', 'grpc TCP any']);
    expect(ports[1]).toMatchObject({ source: 'portAllocator', env: 'GRPC_PORT', hostIP: '10.0.0.5' });
  });

  test('takes the number that the container port has', () => {
    const game = [container('game', [port('grpc', 80, { hostPort: 9000 })])];
    expect(short(demanded(game, text(grpc)))).toEqual(['grpc TCP 9000']);
    expect(short(demanded([container('game', [port('grpc', 80)])], { ...text(grpc), keep: 'grpc' }))).toEqual([
      'grpc TCP 80',
    ]);
  });

  test('shares it with UDP on that container number, too', () => {
    const game = [container('game', [port('grpc-udp', 9000, { protocol: 'UDP' }), port('grpc', 9000)])];
    const [only, ...others] = demanded(game, { ...ON, ...text(grpc) });
    expect(others).toEqual([]);
    expect(only).toMatchObject({ name: 'grpc', protocol: 'TCPUDP', source: 'portAllocator' });
    expect(only?.aliases).toEqual([expect.objectContaining({ name: 'grpc-udp', env: 'HOSTPORT_GRPC_UDP' })]);
  });

  test('that asks for both protocols is met by a port of one', () => {
    const game = [container('game', [port('grpc', 9000, { protocol: 'UDP' })])];
    expect(short(demanded(game, text({ ...grpc, protocol: 'TCPUDP' })))).toEqual(['grpc TCPUDP any']);
  });
});

describe('is refused with what to write instead:', () => {
  const named = (name: string, containerPort: number) => port(name, containerPort);
  const text = (...entries: object[]) => ({ ...ON, 'port-allocator': allocator(...entries) });

  test.each<[string, readonly Container[], Readonly<Record<string, string>>, string]>([
    [
      'one name in two containers',
      [container('a', [named('http', 80)]), container('b', [named('http', 81)])],
      ON,
      'the name "http" is used by the containers "a" and "b": give each port of the pod a name of its own',
    ],
    [
      'one name in two containers, on TCP and UDP of one number',
      [container('a', [named('http', 80)]), container('b', [port('http', 80, { protocol: 'UDP' })])],
      ON,
      'the name "http" is used by the containers "a" and "b"',
    ],
    [
      'one unnamed number in two containers',
      [container('a', [named('', 80)]), container('b', [named('', 80)])],
      ON,
      'the name "80" is used by the containers "a" and "b"',
    ],
    [
      'an unnamed number on TCP and SCTP',
      [container('a', [named('', 80), port('', 80, { protocol: 'SCTP' })])],
      ON,
      'the name "80" is used twice by container "a"',
    ],
    [
      'names with one environment variable',
      [container('a', [named('a-b', 80), named('a.b', 81)])],
      ON,
      'env HOSTPORT_A_B would hold the number of port "a-b" and that of port "a.b": rename one of them',
    ],
    [
      'a port allocator that writes the variable of a container port',
      [container('a', [named('http', 80)])],
      text({ name: 'grpc', env: 'HOSTPORT_HTTP' }),
      'env HOSTPORT_HTTP would hold the number of port "http" and that of port "grpc"',
    ],
    [
      'a block that ends in the variable of a container port',
      [container('a', [named('x-end', 80)])],
      text({ name: 'grpc', env: 'HOSTPORT_X', count: 2 }),
      'env HOSTPORT_X_END would hold',
    ],
    [
      'a port allocator of another protocol than the container port',
      [container('a', [port('grpc', 80, { protocol: 'UDP' })])],
      text({ name: 'grpc', env: 'GRPC' }),
      'port "grpc" is UDP in its container and TCP in the port-allocator: write one protocol in both',
    ],
    [
      'a name that is too long for an annotation',
      [container('a')],
      text({ name: 'g'.repeat(54), env: 'GRPC' }),
      'has 54 characters: write one of at most 53',
    ],
    ['port 0', [container('a', [named('x', 0)])], ON, 'port "x" of container "a" has containerPort 0: write a number'],
    [
      'a host port beyond all numbers',
      [container('a', [port('x', 80, { hostPort: 70_000 })])],
      ON,
      'port "x" of container "a" has hostPort 70000: write a number from 1 to 65535',
    ],
    [
      'a protocol that does not exist',
      [container('a', [port('x', 80, { protocol: 'QUIC' })])],
      ON,
      'port "x" of container "a" has protocol "QUIC": write TCP, UDP or SCTP',
    ],
    [
      'an address that is none',
      [container('a', [port('x', 80, { hostIP: 'localhost' })])],
      ON,
      'port "x" of container "a" has hostIP "localhost", which is no address: write one like 10.0.0.5',
    ],
  ])('%s', (_, containers, settings, message) => {
    expect(refusal(containers, settings)).toContain('InvalidRequest: ');
    expect(refusal(containers, settings)).toContain(message);
  });

  test('but what has no part in it may be as it likes', () => {
    const containers = [container('a', [named('http', 80)]), container('b', [named('http', 80)])];
    expect(short(demanded(containers, { 'port-allocator': allocator({ name: 'grpc', env: 'GRPC' }) }))).toEqual([
      'grpc TCP any',
    ]);
  });
});

describe('a pod may be large, but not larger than it can be decided on at once:', () => {
  const many = (containers: number, each: number) =>
    Array.from({ length: containers }, (_, at) =>
      container(
        `c-${at}`,
        Array.from({ length: each }, (__, index) => port(`p-${at}-${index}`, 1 + index)),
      ),
    );
  const demandOfMany = (containers: number, each: number) => {
    const of = pod(many(containers, each), { annotations: asking({ enabled: 'true' }) });
    return demandOf(of, settingsOf(of));
  };

  test.each([
    [1, 1_024],
    [32, 32],
  ])('%i containers with %i ports each are served', (containers, each) => {
    expect(demandOfMany(containers, each)).toMatchObject({ ok: true });
  });

  test.each([
    [1, 1_025, '1025 ports ask for a number: write at most 1024 in one pod'],
    [182, 1, '182 containers would each be told 182 numbers: write fewer containers or ports'],
  ])('%i containers with %i ports each are refused', (containers, each, message) => {
    const demand = demandOfMany(containers, each);
    expect(demand).toMatchObject({ ok: false, error: { reason: 'InvalidRequest' } });
    expect(demand.ok ? '' : demand.error.message).toContain(message);
  });
});
