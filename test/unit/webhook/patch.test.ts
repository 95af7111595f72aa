import { describe, expect, test } from '@jest/globals';
import { patchFor } from '../../../src/webhook/patch.ts';
import { asking, container, pod, port, served } from '../workload/pods.ts';

describe('a patch', () => {
  test('is empty between equals', () => {
    const of = pod([container('game', [port('http', 8080)])]);
    expect(patchFor(of, of)).toEqual([]);
    expect(patchFor(of, structuredClone(of))).toEqual([]);
  });

  test('says what changed and nothing more', () => {
    const before = pod([container('game', [port('http', 8080)])], { annotations: asking({ enabled: 'true' }) });
    const paths = patchFor(before, served(before)).map(({ op, path }) => `${op} ${path}`);
    expect(paths.sort()).toEqual([
      'add /metadata/annotations/hostport.io~1allocated-http',
      'add /metadata/annotations/hostport.io~1requested',
      'add /metadata/annotations/hostport.io~1reservation',
      'add /spec/containers/0/env',
      'add /spec/containers/0/ports/0/hostPort',
      'add /spec/hostNetwork',
      'replace /spec/containers/0/ports/0/containerPort',
      'replace /spec/dnsPolicy',
    ]);
  });

  test('of a pod with as many ports and variables as it may have is made at once', () => {
    const ports = Array.from({ length: 1_000 }, (_, at) => port(`p-${at}`, 1 + at));
    const env = Array.from({ length: 20_000 }, (_, at) => ({ name: `V_${at}`, value: 'text' }));
    const before = pod([container('game', ports, { env })], { annotations: asking({ enabled: 'true' }) });
    const began = performance.now();
    const patch = patchFor(before, served(before));
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(patch.filter(({ path }) => path.startsWith('/spec/containers/0/env/'))).toHaveLength(1_000);
  });
});
