import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyPatch } from 'rfc6902';
import type { Pod } from '../../../src/kube/index.ts';
import { patchFor } from '../../../src/webhook/patch.ts';
import { claimedPorts } from '../../../src/workload/claimed.ts';
import { withoutInjection } from '../../../src/workload/without-injection.ts';
import { asking, container, needs, pod, port, served, settingsOf } from './pods.ts';
import { somePod } from './some-pod.ts';

const RUNS = { numRuns: 400 };

/** Whether the annotations of `of` still contain a result of Hostport. */
function hasResults(of: Pod): boolean {
  return /"hostport\.io\/(allocated-[^"]*|requested|reservation)":/.test(JSON.stringify(of.metadata.annotations ?? {}));
}

/** `of` as the API server returns it. */
function stored(of: Pod): Pod {
  return JSON.parse(JSON.stringify(of)) as Pod;
}

describe('of any pod', () => {
  test('taking the ports away gives back what its user wrote', () => {
    fc.assert(
      fc.property(somePod, (before) => {
        expect(withoutInjection(stored(served(before)))).toEqual(before);
      }),
      RUNS,
    );
  });

  test('giving the ports again gives the same', () => {
    fc.assert(
      fc.property(somePod, (before) => {
        const once = served(before);
        expect(served(withoutInjection(once))).toEqual(once);
      }),
      RUNS,
    );
  });

  test('the patch makes of the one what the other is, both ways', () => {
    fc.assert(
      fc.property(somePod, (before) => {
        const after = served(before);
        for (const [from, to] of [
          [before, after],
          [after, before],
        ] as const) {
          const patched = structuredClone(from);
          const faults = applyPatch(patched, [...patchFor(from, to)]).filter((fault) => fault !== null);
          expect(faults).toEqual([]);
          expect(patched).toEqual(to);
        }
      }),
      RUNS,
    );
  });

  test('host port and container port are one wherever an enabled pod is on the host network', () => {
    fc.assert(
      fc.property(somePod, (before) => {
        const { spec } = served(before);
        fc.pre(settingsOf(before).enabled && spec.hostNetwork === true);
        const ports = [...spec.containers, ...(spec.initContainers ?? [])].flatMap((each) => each.ports ?? []);
        expect(ports.filter(({ hostPort, containerPort }) => hostPort !== containerPort)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('what it was given is known from what it carries', () => {
    fc.assert(
      fc.property(somePod, (before) => {
        let next = 20_000;
        const expected = needs(before).ports.map(({ name, number = next, count, protocol, hostIP, scope }) => {
          next += count;
          const end = count > 1 ? { end: number + count - 1 } : {};
          return { name, number, ...end, protocol, ...(hostIP === undefined ? {} : { hostIP }), scope };
        });
        expect(claimedPorts(stored(served(before)))).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('whatever stands in the record, no result is left, and a second look changes nothing', () => {
    const record = fc.oneof(fc.json(), fc.string(), fc.constant('{"containers":[{"name":"main-0","ports":[]}]}'));
    fc.assert(
      fc.property(somePod, record, (before, requested) => {
        const { metadata } = served(before);
        const forged = {
          ...before,
          metadata: { ...metadata, annotations: { ...metadata.annotations, ...asking({ requested }) } },
        };
        const once = withoutInjection(forged);
        expect(hasResults(once)).toBe(false);
        expect(withoutInjection(once)).toBe(once);
      }),
      RUNS,
    );
  });
});

describe('taking the ports away', () => {
  const game = container('game', [port('http', 8080)], { livenessProbe: { tcpSocket: { port: 8080 } } });
  const before = pod([game], {
    annotations: asking({ enabled: 'true' }),
    spec: { initContainers: [container('init')] },
  });

  test('leaves a pod without any as it is', () => {
    expect(withoutInjection(before)).toBe(before);
  });

  test('leaves what others have put in since', () => {
    const after = served(before);
    const [main] = after.spec.containers;
    const injected = container('proxy', [port('admin', 15_000)], { env: [{ name: 'X', value: '1' }] });
    const changed = {
      ...after,
      spec: {
        ...after.spec,
        containers: [injected, { ...main, name: 'game', env: [...(main?.env ?? []), { name: 'Y', value: '2' }] }],
      },
    };
    expect(withoutInjection(changed)).toEqual({
      ...before,
      spec: { ...before.spec, containers: [injected, { ...game, env: [{ name: 'Y', value: '2' }] }] },
    });
  });

  const numbersStay = {
    hostNetwork: true,
    containers: [
      { ports: [{ containerPort: 20_000, hostPort: 20_000 }], livenessProbe: { tcpSocket: { port: 20_000 } } },
    ],
  };

  test.each([
    ['no JSON', 'x'],
    ['of another shape', '[]'],
    ['of another pod', '{"containers":[{"name":"other"}]}'],
    ['with ports that the pod lacks', '{"containers":[{"name":"game","ports":[{"name":"x","containerPort":1}]}]}'],
    [
      'with calls that the pod lacks',
      '{"containers":[{"name":"game","calls":[{"at":"livenessProbe.grpc","port":1}]}]}',
    ],
    ['with calls where none are', '{"containers":[{"name":"game","calls":[{"at":"image","port":1}]}]}'],
    ['that writes a setting', '{"annotations":{"hostport.io/enabled":null}}'],
  ])('takes annotations and variables alone where the record is %s', (_, requested) => {
    const after = served(before);
    const annotations = { ...after.metadata.annotations, ...asking({ requested }) };
    const stripped = withoutInjection({ ...after, metadata: { ...after.metadata, annotations } });
    expect(stripped.metadata.annotations).toEqual(asking({ enabled: 'true' }));
    expect(stripped.spec).toMatchObject(numbersStay);
    expect(stripped.spec.containers[0]).not.toHaveProperty('env');
    expect(stripped.spec.initContainers).toEqual([container('init')]);
  });

  test('without a record leaves variables that say something else', () => {
    const mine = container('game', [], { env: [{ name: 'HOSTPORT_HTTP', value: '80' }] });
    const forged = pod([mine], { annotations: asking({ 'allocated-http': '20000' }) });
    const { annotations: _, ...metadata } = forged.metadata;
    expect(withoutInjection(forged)).toEqual({ ...forged, metadata });
  });
});
