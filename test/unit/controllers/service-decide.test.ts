import { describe, expect, test } from '@jest/globals';
import { concernsOf } from '../../../src/controllers/service/concerns.ts';
import { decide } from '../../../src/controllers/service/decide.ts';
import type { GivenPod } from '../../../src/controllers/service/decide.ts';
import type { EndpointSlice, Service } from '../../../src/kube/index.ts';
import { afterwards, given, service, situation, stored } from './published.ts';

const NOTHING = { create: [], replace: [], remove: [] };
const going = { deletionTimestamp: '2026-11-21T00:00:00Z' };

/** Each slice as `IPv4 web=20000: a b`. */
function summary(slices: readonly EndpointSlice[]): readonly string[] {
  return slices
    .map(({ addressType, ports, endpoints }) => {
      const numbers = ports?.map(({ name, port }) => `${name}=${port}`).join(' ');
      return `${addressType} ${numbers}: ${endpoints?.map(({ targetRef }) => targetRef?.name).join(' ')}`;
    })
    .toSorted();
}

/** What is there in the end where nothing was before. */
function slicesFor(of: Service, ...pods: readonly GivenPod[]): readonly EndpointSlice[] {
  return afterwards(situation(of, pods));
}

describe('the slices of a Service', () => {
  test('say all of it', () => {
    const headless = service({ clusterIP: 'None' }, { labels: { team: 'red', 'service.kubernetes.io/headless': 'x' } });
    const one = given('a', { http: 20_000 }, { spec: { hostname: 'a', subdomain: 'shop' } });
    const seen = { ...situation(headless, [one]), zoneOf: (node: string) => `zone-of-${node}` };
    expect(decide(seen)).toEqual({
      ...NOTHING,
      create: [
        {
          metadata: {
            name: expect.stringMatching(/^shop-[0-9a-f]{16}-0$/),
            namespace: 'arena',
            labels: {
              team: 'red',
              'service.kubernetes.io/headless': '',
              'kubernetes.io/service-name': 'shop',
              'endpointslice.kubernetes.io/managed-by': 'hostport.io',
            },
            ownerReferences: [
              {
                apiVersion: 'v1',
                kind: 'Service',
                name: 'shop',
                uid: 'uid-of-shop',
                controller: true,
                blockOwnerDeletion: false,
              },
            ],
          },
          addressType: 'IPv4',
          endpoints: [
            {
              addresses: ['10.0.0.1'],
              conditions: { ready: true, serving: true, terminating: false },
              hostname: 'a',
              nodeName: 'n1',
              zone: 'zone-of-n1',
              targetRef: { kind: 'Pod', namespace: 'arena', name: 'a', uid: 'uid-of-a' },
            },
          ],
          ports: [{ name: 'web', port: 20_000, protocol: 'TCP' }],
        },
      ],
    });
  });

  const two = service({
    ports: [
      { name: 'web', port: 80, protocol: 'TCP', targetPort: 'http' },
      { name: 'admin', port: 81, targetPort: 'admin' },
    ],
  });

  test('are one for each tuple of numbers', () => {
    const slices = slicesFor(
      two,
      given('c', { http: 20_000, admin: 20_001 }),
      given('a', { http: 20_000, admin: 20_001 }),
      given('b', { http: 20_000, admin: 20_002 }),
      given('d', { http: 20_000 }),
    );
    expect(summary(slices)).toEqual([
      'IPv4 web=20000 admin=20001: a c',
      'IPv4 web=20000 admin=20002: b',
      'IPv4 web=20000: d',
    ]);
  });

  test('are for each family that the node has and the Service takes', () => {
    const hostIPs = [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }];
    const dual = given('a', { http: 20_000 }, { status: { hostIPs } });
    expect(slicesFor(service(), dual).map(({ endpoints }) => endpoints?.[0]?.addresses)).toEqual([
      ['10.0.0.1'],
      ['fd00::1'],
    ]);
    expect(summary(slicesFor(service({ ipFamilies: ['IPv6'] }), dual, given('b', { http: 20_000 })))).toEqual([
      'IPv6 web=20000: a',
    ]);
  });

  test.each<readonly [string, Parameters<typeof given>[2]]>([
    ['that waits for a node', { spec: { nodeName: '' } }],
    ['whose node has said no address yet', { status: { hostIP: '' } }],
    ['that has finished', { status: { phase: 'Succeeded' } }],
    ['that has failed', { status: { phase: 'Failed' } }],
    [
      'that is going, with nothing of it left',
      { meta: going, status: { containerStatuses: [{ name: 'game', state: { terminated: { exitCode: 0 } } }] } },
    ],
    ['that speaks something else', { protocol: 'UDP' }],
  ])('leave out a pod %s', (_, being) => {
    expect(slicesFor(service(), given('a', { http: 20_000 }, being))).toEqual([]);
  });

  test('leave out a pod without the port', () => {
    expect(slicesFor(service(), given('a', { admin: 20_000 }))).toEqual([]);
  });

  test('have the name of the port, empty where it has none, and the protocol of the application', () => {
    const ports = [{ port: 80, targetPort: 'http', appProtocol: 'http2' }];
    const [slice] = slicesFor(service({ ports }), given('a', { http: 20_000 }));
    expect(slice?.ports).toEqual([{ name: '', port: 20_000, protocol: 'TCP', appProtocol: 'http2' }]);
  });

  const unready = { status: { conditions: [] } };
  test.each<readonly [string, object, Parameters<typeof given>[2], readonly [boolean, boolean, boolean]]>([
    ['ready', {}, {}, [true, true, false]],
    ['not ready', {}, unready, [false, false, false]],
    ['not ready, which doesn’t matter', { publishNotReadyAddresses: true }, unready, [true, false, false]],
    ['going', {}, { meta: going }, [false, true, true]],
    ['going and not ready', {}, { ...unready, meta: going }, [false, false, true]],
    ['going, which doesn’t matter', { publishNotReadyAddresses: true }, { meta: going }, [true, true, true]],
  ])('say of a pod that it is %s', (_, spec, being, [ready, serving, terminating]) => {
    const [slice] = slicesFor(service(spec), given('a', { http: 20_000 }, being));
    expect(slice?.endpoints?.[0]?.conditions).toEqual({ ready, serving, terminating });
  });

  test('name a pod only under the Service that is its domain', () => {
    const pods = [
      given('a', { http: 20_000 }, { spec: { hostname: 'a', subdomain: 'other' } }),
      given('b', { http: 20_000 }, { spec: { subdomain: 'shop' } }),
    ];
    const [slice] = slicesFor(service(), ...pods);
    expect(slice?.endpoints?.map(({ hostname }) => hostname)).toEqual([undefined, undefined]);
  });
});

describe('a slice that is there', () => {
  const pods = [given('a', { http: 20_000 }), given('b', { http: 20_001 })];
  const there = slicesFor(service(), ...pods);
  const [first, second] = there as readonly [EndpointSlice, EndpointSlice];

  test('is left alone when it is right', () => {
    expect(decide(situation(service(), pods, there))).toEqual(NOTHING);
  });

  test('is left alone with a label that somebody else put on it', () => {
    const labelled = stored(first, { labels: { ...first.metadata.labels, cost: 'x' } });
    expect(decide(situation(service(), pods, [labelled, second]))).toEqual(NOTHING);
  });

  test.each<readonly [string, EndpointSlice]>([
    ['endpoints', { ...first, endpoints: [] }],
    ['no endpoints', { ...first, endpoints: null }],
    ['another number', { ...first, ports: [{ name: 'web', port: 1, protocol: 'TCP' }] }],
    ['another Service', stored(first, { labels: { ...first.metadata.labels, 'kubernetes.io/service-name': 'x' } })],
    ['no owner', stored(first, { ownerReferences: [] })],
    [
      'a proxy of its own',
      stored(first, { labels: { ...first.metadata.labels, 'service.kubernetes.io/service-proxy-name': 'x' } }),
    ],
  ])('is put right after somebody wrote %s, and no other is touched', (_, spoilt) => {
    const { resourceVersion, uid } = spoilt.metadata;
    const { metadata, apiVersion: _version, kind: _kind, ...content } = first;
    const { creationTimestamp: _time, ...written } = metadata;
    expect(decide(situation(service(), pods, [spoilt, second]))).toEqual({
      ...NOTHING,
      replace: [{ ...content, metadata: { ...written, resourceVersion, uid } }],
    });
  });

  test('goes where it has another type of address, which can’t be changed', () => {
    const wrong = { ...first, addressType: 'IPv6' };
    expect(decide(situation(service(), pods, [wrong, second])).remove).toEqual([wrong]);
  });

  test('goes with its last pod, alone', () => {
    expect(decide(situation(service(), pods.slice(1), there))).toEqual({ ...NOTHING, remove: [first] });
  });

  test('goes when it is of an earlier Service of the name', () => {
    const later = service({}, { uid: 'another' });
    const { create, replace, remove } = decide(situation(later, pods, there));
    expect([create.length, replace.length]).toEqual([2, 0]);
    expect(remove).toEqual(there);
  });

  test('changes when its pod is no longer ready', () => {
    const changed = [given('a', { http: 20_000 }, { status: { conditions: [] } }), ...pods.slice(1)];
    const { create, replace, remove } = decide(situation(service(), changed, there));
    expect([create.length, remove.length]).toEqual([0, 0]);
    expect(replace.map(({ metadata }) => metadata.name)).toEqual([first.metadata.name]);
  });

  test('changes in its place when the port is renamed', () => {
    const renamed = service({ ports: [{ name: 'new', port: 80, protocol: 'TCP', targetPort: 'http' }] });
    const { create, replace, remove } = decide(situation(renamed, pods, there));
    expect([create.length, replace.length, remove.length]).toEqual([0, 2, 0]);
  });
});

describe('what the owner of a Service is told', () => {
  /** Reasons and messages. */
  function toldOf(of: Service, ...pods: readonly GivenPod[]): readonly string[] {
    return concernsOf(situation(of, pods)).map(({ reason, message }) => `${reason}: ${message}`);
  }

  test('is nothing when all is well, or when there are no pods', () => {
    expect(toldOf(service(), given('a', { http: 20_000 }), given('b', { admin: 1 }))).toEqual([]);
    expect(toldOf(service())).toEqual([]);
  });

  test('is a name that no pod knows', () => {
    expect(toldOf(service(), given('a', { htpp: 20_000 }), given('b', { admin: 20_001 }))).toEqual([
      'NotPublished: port "web" has targetPort "http", and no pod was given a number for a port of that name: write one of admin, htpp',
    ]);
  });

  test('is a protocol that no pod speaks', () => {
    expect(toldOf(service(), given('a', { http: 20_000 }, { protocol: 'UDP' }))).toEqual([
      'NotPublished: port "web" is TCP, and "http" of pod "a" is UDP: write protocol: UDP',
    ]);
  });

  test('is a number that nobody holds for its pod, once for all of them', () => {
    const of = service({ ports: [{ name: 'web', port: 80, protocol: 'TCP', targetPort: 'http' }] });
    const forged = ['a', 'b', 'c'].map((name): GivenPod => {
      const all = given(name, { http: 10_250 });
      return { ...all, held: new Map(), doubted: all.told };
    });
    const seen = situation(of, forged);
    expect(decide(seen)).toEqual(NOTHING);
    expect(concernsOf(seen)).toEqual([]);
    const told = (doubtful: readonly GivenPod[]): readonly string[] =>
      concernsOf({ ...seen, doubtful }).map(({ reason, message }) => `${reason}: ${message}`);
    expect(told(forged.slice(0, 1))).toEqual([
      'NotHeld: 10250 of port "http", as pod "a" says, is not published: the ledger doesn\'t have it for the pod at the address of its node: delete the pod, so that it is made anew and given a number',
    ]);
    expect(told(forged)).toEqual([expect.stringContaining('nor are those of 2 more pods')]);
    const [first] = concernsOf({ ...seen, doubtful: forged });
    const [later] = concernsOf({ ...seen, doubtful: forged.slice(1) });
    expect(first?.about).toBe(later?.about);
  });

  const selecting = service({ selector: { app: 'web' } }, { annotations: { 'hostport.io/publish': 'true' } });
  /** A pod whose container declares its port. */
  function declaring(podIP: string, containerPort: number): GivenPod {
    const ports = [{ name: 'http', containerPort, protocol: 'TCP' }];
    return given('a', { http: 20_000 }, { status: { podIP }, containers: [{ name: 'game', ports }] });
  }

  test('is what Kubernetes makes of its selector, where that differs', () => {
    const says = (theirs: string): string =>
      `PublishedTwice: Kubernetes makes endpoints for spec.selector, too: there pod "a" is at ${theirs}, and in those of Hostport at 10.0.0.1, port 20000: make the Service anew without spec.selector, with hostport.io/selector: "app=web"`;
    expect(toldOf(selecting, declaring('10.244.0.7', 8080))).toEqual([says('10.244.0.7, port 8080')]);
    expect(toldOf(selecting, given('a', { http: 20_000 }, { status: { podIP: '10.0.0.1' } }))).toEqual([
      says('10.0.0.1 without a port'),
    ]);
  });

  test('is nothing where Kubernetes says the same, or not a word', () => {
    expect(toldOf(selecting, declaring('10.0.0.1', 20_000))).toEqual([]);
    expect(toldOf(service(), declaring('10.244.0.7', 8080))).toEqual([]);
  });
});
