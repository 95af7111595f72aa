import { describe, expect, test } from '@jest/globals';
import type { Container, Pod } from '../../../src/kube/index.ts';
import { assignedPorts, trimPod } from '../../../src/workload/index.ts';
import { allocator, asking, container, pod, port, served } from './pods.ts';

const enabled = { annotations: asking({ enabled: 'true' }) };

/** The numbers that were assigned to `of`, as readable texts. */
function told(of: Pod): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...assignedPorts(of)].map(([name, { number, protocols }]) => [name, `${number} ${[...protocols].join('+')}`]),
  );
}

function withoutPorts(of: Pod): Pod {
  const bare = ({ ports: _, ...rest }: Container): Container => rest;
  return { ...of, spec: { ...of.spec, containers: of.spec.containers.map(bare) } };
}

const pair = served(
  pod([container('dns', [port('dns', 53), port('dns-udp', 53, { protocol: 'UDP' }), port('web', 80)])], enabled),
);

describe('what a pod was told', () => {
  test('is each port under its own name, with what is spoken on it', () => {
    expect(told(pair)).toEqual({ dns: '20000 TCP', 'dns-udp': '20000 UDP', web: '20001 TCP' });
  });

  test('is known where the ports are not in the spec', () => {
    expect(told(withoutPorts(pair))).toEqual(told(pair));
  });

  test('is known of init containers', () => {
    const initContainers = [container('side', [port('admin', 9000)], { restartPolicy: 'Always' })];
    expect(told(served(pod([container('game')], { ...enabled, spec: { initContainers } })))).toEqual({
      admin: '20000 TCP',
    });
  });

  test('is known of a port allocator, the first of a block', () => {
    const entries = allocator({ name: 'rtp', env: 'RTP', count: 4, protocol: 'TCPUDP' }, { name: 'own', env: 'OWN' });
    const of = served(pod([container('game')], { annotations: asking({ 'port-allocator': entries }) }));
    expect(told(of)).toEqual({ rtp: '20000 TCP+UDP', own: '20004 TCP' });
  });

  test('is nothing where it is more than any pod is told', () => {
    const saying = (count: number): Pod => {
      const numbers = Array.from({ length: count }, (_, at) => [`allocated-p${at}`, '20000']);
      return pod([container('game')], { annotations: asking(Object.fromEntries(numbers) as Record<string, string>) });
    };
    expect(assignedPorts(saying(2_048)).size).toBe(2_048);
    expect(assignedPorts(saying(2_049)).size).toBe(0);
  });

  test('is nothing for a pod that only asks', () => {
    expect(told(pod([container('game', [port('http', 80)])], enabled))).toEqual({});
  });

  test.each(['x', '0', '65536', ''])('is nothing where the number is %j', (text) => {
    expect(told(pod([], { annotations: asking({ 'allocated-http': text }) }))).toEqual({});
  });

  test('says nothing of protocols where nobody can tell how the pod came', () => {
    expect(told(pod([], { annotations: asking({ 'allocated-http': '20000', requested: '{' }) }))).toEqual({
      http: '20000 ',
    });
  });

  test('is kept in memory, with everything by which the pod is found', () => {
    const status = {
      hostIP: '10.0.0.1',
      hostIPs: [{ ip: '10.0.0.1' }],
      conditions: [{ type: 'Ready', status: 'True' }],
    };
    const spec = { nodeName: 'n1', hostname: 'h', subdomain: 's' };
    const found = served(
      pod([container('game', [port('http', 80)])], { ...enabled, labels: { app: 'web' }, spec, status }),
    );
    expect(trimPod(found)).toEqual(found);
  });
});
