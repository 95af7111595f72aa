import { describe, expect, test } from '@jest/globals';
import type { Container, Pod } from '../../../src/kube/index.ts';
import { assignPorts } from '../../../src/workload/index.ts';
import { allocator, asking, container, pod, port, requestOf, served } from './pods.ts';

const ON = { enabled: 'true' };

/** The container `name` of `of`. */
function find(of: Pod, name: string): Container {
  const all = [...of.spec.containers, ...(of.spec.initContainers ?? [])];
  const found = all.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no container ${name}`);
  return found;
}

function env(of: Pod, name: string): readonly string[] {
  return (find(of, name).env ?? []).map((entry) => `${entry.name}=${entry.value ?? JSON.stringify(entry.valueFrom)}`);
}

describe('numbers are written', () => {
  const game = container('game', [port('http', 8080), port('query', 8081, { protocol: 'UDP' })], {
    env: [{ name: 'URL', value: 'http://$(HOSTPORT_HTTP)/' }],
  });
  const annotated = (settings: Readonly<Record<string, string>>, spec = {}) =>
    served(pod([game], { annotations: asking(settings), spec: { initContainers: [container('init')], ...spec } }));

  test('to container port and host port together, on the host network', () => {
    const after = annotated(ON);
    expect(after.spec).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
    expect(find(after, 'game').ports).toEqual([
      { name: 'http', protocol: 'TCP', containerPort: 20_000, hostPort: 20_000 },
      { name: 'query', protocol: 'UDP', containerPort: 20_001, hostPort: 20_001 },
    ]);
  });

  test('to the host port alone, on the network of the pod', () => {
    const after = annotated({ ...ON, network: 'Pod' });
    expect(after.spec).not.toHaveProperty('hostNetwork');
    expect(after.spec.dnsPolicy).toBe('ClusterFirst');
    expect(find(after, 'game').ports).toEqual([
      { name: 'http', protocol: 'TCP', containerPort: 8080, hostPort: 20_000 },
      { name: 'query', protocol: 'UDP', containerPort: 8081, hostPort: 20_001 },
    ]);
  });

  test('to annotations, with the reservation', () => {
    const { annotations } = annotated(ON).metadata;
    expect(annotations).toMatchObject(
      asking({ ...ON, 'allocated-http': '20000', 'allocated-query': '20001', reservation: 'token' }),
    );
    expect(annotations).toHaveProperty(['hostport.io/requested']);
  });

  test('to the environment of each container and init container, where other entries can refer to them', () => {
    const after = annotated(ON);
    const numbers = ['HOSTPORT_HTTP=20000', 'HOSTPORT_QUERY=20001'];
    expect(env(after, 'game')).toEqual([...numbers, 'URL=http://$(HOSTPORT_HTTP)/']);
    expect(env(after, 'init')).toEqual(numbers);
  });

  test.each(['None', 'Default', 'ClusterFirstWithHostNet'])('and dnsPolicy %s stays', (dnsPolicy) => {
    expect(annotated(ON, { dnsPolicy }).spec.dnsPolicy).toBe(dnsPolicy);
  });

  test('and what nobody asked about stays', () => {
    const before = pod([{ ...game, image: 'x' }], {
      annotations: asking(ON),
      spec: { ephemeralContainers: [container('debug')], hostname: 'h' },
      status: { phase: 'Pending' },
    });
    const after = served(before);
    expect(after.status).toBe(before.status);
    expect(after.spec.ephemeralContainers).toBe(before.spec.ephemeralContainers);
    expect(after.spec.hostname).toBe('h');
    expect(find(after, 'game').image).toBe('x');
  });

  test('to both ports of a pair', () => {
    const dns = container('dns', [port('dns', 53), port('dns-udp', 53, { protocol: 'UDP' })]);
    const after = served(pod([dns], { annotations: asking(ON) }));
    expect(find(after, 'dns').ports).toEqual([
      { name: 'dns', protocol: 'TCP', containerPort: 20_000, hostPort: 20_000 },
      { name: 'dns-udp', protocol: 'UDP', containerPort: 20_000, hostPort: 20_000 },
    ]);
    expect(env(after, 'dns')).toEqual(['HOSTPORT_DNS=20000', 'HOSTPORT_DNS_UDP=20000']);
    expect(after.metadata.annotations).toMatchObject(
      asking({ 'allocated-dns': '20000', 'allocated-dns-udp': '20000' }),
    );
  });

  test('an entry of that name makes way, also one that refers to something', () => {
    const mine = container('game', [port('http', 8080)], {
      env: [
        { name: 'A', value: '1' },
        { name: 'HOSTPORT_HTTP', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'HOSTPORT_HTTP', value: '1' },
      ],
    });
    expect(env(served(pod([mine], { annotations: asking(ON) })), 'game')).toEqual(['HOSTPORT_HTTP=20000', 'A=1']);
  });

  test('blocks of an allocation end in a variable, too', () => {
    const of = pod([game], { annotations: asking({ allocation: 'match' }) });
    const given = new Map([
      ['http', { number: 30 }],
      ['query', { number: 40, end: 47 }],
    ]);
    const after = assignPorts(requestOf(of), given);
    expect(env(after, 'game').slice(0, 3)).toEqual(['HOSTPORT_HTTP=30', 'HOSTPORT_QUERY=40', 'HOSTPORT_QUERY_END=47']);
    expect(after.metadata.annotations).not.toHaveProperty(['hostport.io/reservation']);
  });

  test('a pod that needs none stays as it is, but for the mark that it was seen', () => {
    const before = pod([container('game')], { annotations: asking(ON) });
    const after = served(before, {});
    expect(after.spec).toEqual(before.spec);
    expect(Object.keys(after.metadata.annotations ?? {})).toEqual(['hostport.io/enabled', 'hostport.io/requested']);
  });
});

describe('the numbers of a port allocator are written', () => {
  const entries = allocator(
    { name: 'grpc', env: 'GRPC_PORT', annotationKey: 'example.com/grpc' },
    { name: 'rtp', env: 'RTP', count: 8 },
  );
  const annotations = { ...asking({ 'port-allocator': entries }), 'example.com/grpc': 'former' };

  test('in the place of an entry of that name, once, and first where there is none', () => {
    const mine = container('game', [], {
      env: [
        { name: 'A', value: '1' },
        { name: 'GRPC_PORT', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'B', value: '$(GRPC_PORT)' },
        { name: 'GRPC_PORT', value: '1' },
      ],
    });
    const after = served(pod([mine], { annotations, spec: { initContainers: [container('init')] } }));
    expect(env(after, 'game')).toEqual(['RTP=20001', 'RTP_END=20008', 'A=1', 'GRPC_PORT=20000', 'B=$(GRPC_PORT)']);
    expect(env(after, 'init')).toEqual(['GRPC_PORT=20000', 'RTP=20001', 'RTP_END=20008']);
  });

  test('to the annotation that it names, and to ours', () => {
    const after = served(pod([container('game')], { annotations }));
    expect(after.metadata.annotations).toMatchObject({
      'example.com/grpc': '20000',
      'hostport.io/allocated-grpc': '20000',
      'hostport.io/allocated-rtp': '20001',
    });
  });

  test('and leave the pod on its network, and the ports of other names', () => {
    const before = pod([container('game', [port('http', 8080)])], { annotations });
    const after = served(before);
    expect(after.spec).toEqual({
      ...before.spec,
      containers: [expect.objectContaining({ ports: [port('http', 8080)] })],
    });
  });

  test('to the container port of their name, whose process listens on them', () => {
    const game = container('game', [port('grpc', 9000)], { readinessProbe: { grpc: { port: 9000 } } });
    const after = find(served(pod([game], { annotations })), 'game');
    expect(after.ports).toEqual([{ name: 'grpc', protocol: 'TCP', containerPort: 20_000, hostPort: 20_000 }]);
    expect(after.readinessProbe).toEqual({ grpc: { port: 20_000 } });
  });
});

describe('probes and hooks follow the port that they call', () => {
  const handlers = {
    startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 5 },
    livenessProbe: { httpGet: { port: 8080, path: '/', httpHeaders: [{ name: 'a', value: 'b' }] } },
    readinessProbe: { grpc: { port: 8080, service: 'x' } },
    lifecycle: { postStart: { httpGet: { port: 8080 } }, preStop: { tcpSocket: { port: 8080 } } },
  };
  const moved = {
    startupProbe: { tcpSocket: { port: 20_000 }, periodSeconds: 5 },
    livenessProbe: { httpGet: { port: 20_000, path: '/', httpHeaders: [{ name: 'a', value: 'b' }] } },
    readinessProbe: { grpc: { port: 20_000, service: 'x' } },
    lifecycle: { postStart: { httpGet: { port: 20_000 } }, preStop: { tcpSocket: { port: 20_000 } } },
  };
  const after = (containers: readonly Container[], settings = {}) =>
    served(pod(containers, { annotations: asking({ ...ON, ...settings }) }));

  test('in all their forms', () => {
    expect(find(after([container('game', [port('http', 8080)], handlers)]), 'game')).toMatchObject(moved);
  });

  test('in another container, because the network is one', () => {
    const containers = [container('game', [port('http', 8080)]), container('side', [], handlers)];
    expect(find(after(containers), 'side')).toMatchObject(moved);
  });

  test('of their own container first', () => {
    const containers = [container('game', [port('a', 8080)]), container('side', [port('b', 8080)], handlers)];
    const { livenessProbe } = find(after(containers), 'side');
    expect(livenessProbe).toMatchObject({ httpGet: { port: 20_001 } });
  });

  test('of TCP first, which they speak', () => {
    const ports = [port('sctp', 8080, { protocol: 'SCTP' }), port('http', 8080)];
    const { livenessProbe } = find(after([container('game', ports, handlers)]), 'game');
    expect(livenessProbe).toMatchObject({ httpGet: { port: 20_001 } });
  });

  test.each([
    ['that is not declared', { httpGet: { port: 9999 } }],
    ['by its name', { httpGet: { port: 'http' } }],
    ['of another host', { httpGet: { port: 8080, host: 'example.com' } }],
    ['by a command', { exec: { command: ['8080'] } }],
  ])('not one %s', (_, livenessProbe) => {
    const game = container('game', [port('http', 8080)], { livenessProbe });
    expect(find(after([game]), 'game').livenessProbe).toEqual(livenessProbe);
  });

  test('nor where the container port stays', () => {
    const game = container('game', [port('http', 8080)], handlers);
    expect(find(after([game], { network: 'Pod' }), 'game')).toMatchObject(handlers);
  });
});

describe('a broken invariant is loud', () => {
  const game = [container('game', [port('http', 8080)])];

  test('a demanded port that was not given', () => {
    const of = pod(game, { annotations: asking(ON) });
    expect(() => assignPorts(requestOf(of), new Map())).toThrow('port "http" was demanded and not given');
  });

  test('a pod that has ports already', () => {
    const of = served(pod(game, { annotations: asking(ON) }));
    expect(() => served(of)).toThrow('a pod is given ports that carries some already');
  });
});
