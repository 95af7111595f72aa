import { describe, expect, test } from '@jest/globals';
import { parsePortReference } from '../../../src/api/index.ts';
import { parsePortAllocator } from '../../../src/workload/port-allocator.ts';

const entry = (parts: object): string =>
  JSON.stringify({ allocations: [{ name: 'grpc', env: 'GRPC_PORT', ...parts }] });
const entries = (...allocations: object[]): string => JSON.stringify({ allocations });
const from = (text: string): string => JSON.stringify({ references: [{ env: 'ROUTER', from: text }] });

describe('the text of a port allocator', () => {
  test('is read with what holds where nothing is said', () => {
    const text = `{"allocations": [
      {"name": "grpc", "env": "GRPC_PORT", "annotationKey": "example.com/grpc-port", "scope": "PodScoped"},
      {"name": "rtp", "env": "RTP", "scope": "RoleScoped", "protocol": "UDP", "count": 8}],
      "references": [{"env": "ROUTER_PORT", "from": "router.main.http"}, {"env": "PEER", "from": "a.worker[12].p-1"}]}`;
    expect(parsePortAllocator(text)).toEqual({
      ok: true,
      value: {
        allocations: [
          {
            name: 'grpc',
            env: 'GRPC_PORT',
            annotationKey: 'example.com/grpc-port',
            scope: 'PodScoped',
            protocol: 'TCP',
            count: 1,
          },
          { name: 'rtp', env: 'RTP', scope: 'RoleScoped', protocol: 'UDP', count: 8 },
        ],
        references: [
          { env: 'ROUTER_PORT', from: 'router.main.http' },
          { env: 'PEER', from: 'a.worker[12].p-1' },
        ],
      },
    });
  });

  test('may ask for nothing', () => {
    expect(parsePortAllocator('{}')).toEqual({ ok: true, value: { allocations: [], references: [] } });
  });

  test.each(['grpc-port', 'sglang.ai/bootstrap-port', 'example.com/A_b.C'])(
    'may name annotation %s',
    (annotationKey) => {
      expect(parsePortAllocator(entry({ annotationKey }))).toMatchObject({ ok: true });
    },
  );
});

describe('is refused with what to write instead:', () => {
  test.each([
    ['', 'is no JSON'],
    ['grpc', '"grpc" is not valid JSON'],
    [
      '{"allocations": [{"name": "grpc" "env": "X"}]}',
      /is no JSON near `"name": "grpc" "env": "X"}]}` \(.*correct it there/,
    ],
    ['[]', 'expected object'],
    ['{"allocation": []}', 'unknown field "allocation": write only allocations, references'],
    [entry({ port: 80 }), 'allocations[0]: unknown field "port": write only name, env, annotationKey, scope'],
    [
      entry({ scope: 'podScoped' }),
      'allocations[0].scope: "podScoped" is no scope: write one of PodScoped, RoleScoped',
    ],
    [entry({ protocol: 'tcp' }), 'allocations[0].protocol: "tcp" is no protocol: write one of TCP, UDP, SCTP, TCPUDP'],
    [entry({ count: 0 }), 'allocations[0].count: a count is from 1 to 1024'],
    [entry({ count: 1025 }), 'allocations[0].count: a count is from 1 to 1024'],
    [entry({ count: '2' }), 'allocations[0].count: "2" is no count: write a number from 1 to 1024'],
    [entry({ name: 'Grpc' }), 'allocations[0].name: "Grpc" is not a name for a port'],
    [entry({ name: 'a.b' }), '"a.b" is not a name for a port'],
    [entry({ name: '' }), '"" is not a name for a port'],
    [entry({ name: 'a'.repeat(64) }), 'allocations[0].name'],
    [entry({ env: '1X' }), 'allocations[0].env: "1X" is not a name for an environment variable'],
    [entry({ env: 'A-B' }), '"A-B" is not a name for an environment variable'],
    [entry({ annotationKey: 'a b' }), 'allocations[0].annotationKey: "a b" is not a key for an annotation'],
    [entry({ annotationKey: 'example.com/' }), '"example.com/" is not a key for an annotation'],
    [entry({ annotationKey: 'hostport.io/enabled' }), '"hostport.io/enabled" is not for you to write'],
    [entry({ annotationKey: 'kubectl.kubernetes.io/restartedAt' }), 'is not for you to write'],
    [entry({ annotationKey: 'k8s.io/x' }), '"k8s.io/x" is not for you to write'],
    [
      entry({ annotationKey: 'rolebasedgroup.workloads.x-k8s.io/port-allocator' }),
      'is not for you to write: take a prefix of your own',
    ],
    ['{"allocations": [{"env": "X"}]}', 'allocations[0].name'],
    ['{"references": [{"env": "X"}]}', 'references[0].from'],
    [
      entries({ name: 'a', env: 'A' }, { name: 'a', env: 'B' }),
      'allocations[1].name: name "a" is used by allocations[0]: write another one',
    ],
    [
      entries({ name: 'a', env: 'A' }, { name: 'b', env: 'A' }),
      'allocations[1].env: env "A" is used by allocations[0]',
    ],
    [
      entries({ name: 'a', env: 'A', count: 2 }, { name: 'b', env: 'A_END' }),
      'allocations[1].env: env "A_END" is used by allocations[0]',
    ],
    [
      entries({ name: 'a', env: 'A', annotationKey: 'x/y' }, { name: 'b', env: 'B', annotationKey: 'x/y' }),
      'allocations[1].annotationKey: annotationKey "x/y" is used by allocations[0]',
    ],
    [
      '{"allocations": [{"name": "a", "env": "A"}], "references": [{"env": "A", "from": "r.c.p"}]}',
      'references[0].env: env "A" is used by allocations[0]',
    ],
    [from('leader.http'), 'references[0].from: "leader.http" is no reference: write <role>.<component>.<port>'],
    [from('a.b.c.d'), '"a.b.c.d" is no reference'],
    [from('a.b.'), '"a.b." is no reference'],
    [from('a.b[x].c'), '"a.b[x].c" is no reference'],
    [from('a.b[-1].c'), '"a.b[-1].c" is no reference'],
    [from('a[0].b.c'), '"a[0].b.c" is no reference'],
  ])('%s', (text, message) => {
    const words = typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message);
    expect(parsePortAllocator(text)).toMatchObject({ ok: false, error: { reason: 'InvalidRequest', message: words } });
  });

  test('in one line, naming the annotation', () => {
    const parsed = parsePortAllocator('{\n  "allocations": [\n    {"name": }\n]}', 'example.com/key');
    expect(parsed).toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(/^example\.com\/key is no JSON .*$/) },
    });
    expect(parsed).toMatchObject({ error: { message: expect.not.stringContaining('\n') } });
  });
});

describe('a reference', () => {
  test.each([
    ['router.main.http', { role: 'router', component: 'main', port: 'http' }],
    ['r.c[3].p', { role: 'r', component: 'c', index: 3, port: 'p' }],
    ['r.c', undefined],
    ['r.c[3]p', undefined],
  ])('%s has its parts', (text, parts) => {
    expect(parsePortReference(text)).toEqual(parts);
  });
});
