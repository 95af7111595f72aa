import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MOST_ENDPOINTS } from '../../../src/controllers/service/allotment.ts';
import { decide } from '../../../src/controllers/service/decide.ts';
import type { GivenPod } from '../../../src/controllers/service/decide.ts';
import type { EndpointSlice } from '../../../src/kube/index.ts';
import { afterwards, given, service, situation } from './published.ts';

const of = service({
  ports: [
    { name: 'web', port: 80, protocol: 'TCP', targetPort: 'http' },
    { name: 'admin', port: 81, protocol: 'TCP', targetPort: 'admin' },
  ],
});

/** Numbers of which many pods have the same, so that slices get full; some lack a port, some a family. */
const somePod = fc.record({
  http: fc.constantFrom(undefined, 20_000, 20_001),
  admin: fc.constantFrom(undefined, 20_002),
  hostIPs: fc.constantFrom(['10.0.0.1'], ['10.0.0.2', 'fd00::2'], ['fd00::3']),
});
const crowd = fc.array(fc.tuple(fc.nat({ max: 400 }), somePod), { maxLength: 350 }).map((entries) =>
  [...new Map(entries)].map(([at, { http, admin, hostIPs }]): GivenPod => {
    const numbers = { ...(http === undefined ? {} : { http }), ...(admin === undefined ? {} : { admin }) };
    return given(`pod-${at}`, numbers, { status: { hostIPs: hostIPs.map((ip) => ({ ip })) } });
  }),
);

/** Each endpoint with its numbers, as a line. */
function linesOf(slices: readonly EndpointSlice[]): readonly string[] {
  return slices
    .flatMap(({ endpoints, ports }) =>
      (endpoints ?? []).map(({ addresses, targetRef }) =>
        [targetRef?.name, ...addresses, ...(ports ?? []).map(({ name, port }) => `${name}=${port}`)].join(' '),
      ),
    )
    .toSorted();
}

function expectedOf(pods: readonly GivenPod[]): readonly string[] {
  return pods
    .flatMap(({ pod, told }) => {
      const [http, admin] = [told.get('http')?.number, told.get('admin')?.number];
      const numbers = [
        ...(http === undefined ? [] : [`web=${http}`]),
        ...(admin === undefined ? [] : [`admin=${admin}`]),
      ];
      const addresses = numbers.length === 0 ? [] : (pod.status?.hostIPs ?? []);
      return addresses.map(({ ip }) => [pod.metadata.name, ip, ...numbers].join(' '));
    })
    .toSorted();
}

test('whatever pods come and go, each stands once in slices of no more than a hundred, and nothing is left to do', () => {
  fc.assert(
    fc.property(fc.array(crowd, { minLength: 1, maxLength: 3 }), (crowds) => {
      let slices: readonly EndpointSlice[] = [];
      for (const pods of crowds) {
        slices = afterwards(situation(of, pods, slices));
        expect(linesOf(slices)).toEqual(expectedOf(pods));
        for (const { endpoints } of slices) {
          expect(endpoints?.length).toBeGreaterThan(0);
          expect(endpoints?.length).toBeLessThanOrEqual(MOST_ENDPOINTS);
        }
        expect(new Set(slices.map(({ metadata }) => metadata.name)).size).toBe(slices.length);
        expect(decide(situation(of, pods, slices))).toEqual({ create: [], replace: [], remove: [] });
      }
    }),
    { numRuns: 60 },
  );
});

test('a pod that comes or goes changes one slice of its group', () => {
  const same = (count: number): readonly GivenPod[] =>
    Array.from({ length: count }, (_, at) => given(`pod-${at}`, { http: 20_000 }));
  const slices = afterwards(situation(of, same(250)));
  expect(slices.map(({ endpoints }) => endpoints?.length)).toEqual([100, 100, 50]);
  const [, ...fewer] = same(250);
  const { create, replace, remove } = decide(situation(of, fewer, slices));
  expect([create.length, replace.length, remove.length]).toEqual([0, 1, 0]);
  const more = [...same(250), given('a-first', { http: 20_000 })];
  const grown = decide(situation(of, more, slices));
  expect([grown.create.length, grown.replace.length, grown.remove.length]).toEqual([0, 1, 0]);
});
