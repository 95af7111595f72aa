import { describe, expect, test } from '@jest/globals';
import { entitled } from '../../../src/controllers/service/entitled.ts';
import { ANY_ADDRESS, NO_POOL, TCP, UDP, holder } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import type { AssignedPort } from '../../../src/workload/index.ts';
import { container, pod, port } from '../workload/pods.ts';

const OURS = { group: '', kind: 'Pod', namespace: 'arena', name: 'match-7', uid: 'uid-7' };
const DEPLOYMENT = { group: 'apps', kind: 'Deployment', namespace: 'arena', name: 'match', uid: 'uid-of-match' };
const ORDINAL = { ...DEPLOYMENT, kind: 'StatefulSet', name: 'match[7]' };
const ALLOCATION = { group: 'hostport.io', kind: 'PortAllocation', namespace: 'arena', name: 'match-7', uid: 'u' };
const WEB = { number: 20_000, protocols: new Set(['TCP'] as const) };

/** A claim on 20000, for TCP, on every address. */
function claim(by: Parameters<typeof holder>[0], parts: Partial<Claim> = {}): Claim {
  const usual = { number: 20_000, protocols: TCP, address: ANY_ADDRESS, pool: 'default', port: 'http' };
  return { ...usual, holder: holder(by), state: 'held', time: 0, ...parts };
}

/** A pod on node `n1`, whose number was reserved under `token`. */
function podOn(hostIPs: readonly string[] = ['10.0.0.1'], nodeName = 'n1'): Pod {
  return pod([container('game')], {
    annotations: { 'hostport.io/reservation': 'token' },
    spec: { nodeName },
    status: { phase: 'Running', hostIPs: hostIPs.map((ip) => ({ ip })) },
  });
}

/** What a pod that says `told` has, as `IPv4 http=20000/TCP`; with `?` before what is doubted. */
function judged(
  claims: readonly Claim[],
  told: Readonly<Record<string, AssignedPort>> = { http: WEB },
  of: Pod = podOn(),
  names?: readonly string[],
): readonly string[] {
  const claimsOn = (number: number): readonly Claim[] => claims.filter((each) => each.number === number);
  const { held, doubted } = entitled(of, new Map(Object.entries(told)), claimsOn, names);
  const lines = (before: string, ports: Iterable<readonly [string, AssignedPort]>): readonly string[] =>
    [...ports].map(([name, { number, protocols }]) => `${before}${name}=${number}/${[...protocols].join('+')}`);
  return [...[...held].flatMap(([family, ports]) => lines(`${family} `, ports)), ...lines('?', doubted)];
}

describe('a number that a pod says it has is its', () => {
  test.each<readonly [string, Claim]>([
    ['as the ledger says', claim(OURS)],
    ['while it is reserved under its token', claim({ ...OURS, uid: 'token' }, { state: 'reserved' })],
    ['while it is reserved under its UID, for its node', claim(OURS, { state: 'reserved' })],
    ['with protocols that it doesn’t speak', claim(OURS, { protocols: TCP | UDP })],
    ['on the address of its node alone', claim(OURS, { address: '10.0.0.1' })],
    ['on every IPv4 address', claim(OURS, { address: '0.0.0.0' })],
    ['as that of its ordinal', claim(ORDINAL)],
    ['as one that the pods of a Deployment share', claim(DEPLOYMENT)],
  ])('%s', (_, held) => {
    expect(judged([held])).toEqual(['IPv4 http=20000/TCP']);
  });

  test('beside one of somebody else', () => {
    const lender = claim(ALLOCATION);
    expect(judged([lender, claim(OURS)])).toEqual(['IPv4 http=20000/TCP']);
  });

  test('when it is shared, also by its other name', () => {
    expect(judged([claim(DEPLOYMENT)], { http: WEB, alias: WEB })).toEqual([
      'IPv4 http=20000/TCP',
      'IPv4 alias=20000/TCP',
    ]);
  });
});

describe('a number that a pod says it has is doubted', () => {
  const elsewhere = { namespace: 'games' };
  test.each<readonly [string, readonly Claim[]]>([
    ['that nobody holds', []],
    ['of another pod', [claim({ ...OURS, name: 'match-8' })]],
    ['of an earlier pod of its name', [claim({ ...OURS, uid: 'uid-6' })]],
    ['of a pod of its name elsewhere', [claim({ ...OURS, ...elsewhere })]],
    ['that cools after it', [claim(OURS, { state: 'cooling' })]],
    ['that nobody can read', [claim(OURS, { state: 'unreadable' })]],
    ['that it took without asking', [claim(OURS, { state: 'observed' })]],
    ['for another protocol', [claim(OURS, { protocols: UDP })]],
    ['on another address of its node', [claim(OURS, { address: '127.0.0.2' })]],
    ['on every IPv6 address', [claim(OURS, { address: '::' })]],
    ['of another ordinal', [claim({ ...ORDINAL, name: 'match[8]' })]],
    ['of an ordinal of another set', [claim({ ...ORDINAL, name: 'other[7]' })]],
    ['of its ordinal elsewhere', [claim({ ...ORDINAL, ...elsewhere })]],
    ['that pods share elsewhere', [claim({ ...DEPLOYMENT, ...elsewhere })]],
    ['that pods share under another name', [claim(DEPLOYMENT, { port: 'grpc' })]],
    ['of a PortAllocation that it didn’t borrow', [claim(ALLOCATION)]],
  ])('%s', (_, claims) => {
    expect(judged(claims)).toEqual(['?http=20000/TCP']);
  });

  test('without a token, also where somebody is without a UID', () => {
    const { annotations: _, ...metadata } = podOn().metadata;
    const bare = { ...podOn(), metadata };
    expect(judged([claim({ ...OURS, uid: '' })], undefined, bare)).toEqual(['?http=20000/TCP']);
  });

  test('in the protocols that no claim is for', () => {
    const both = { http: { number: 20_000, protocols: new Set(['TCP', 'UDP'] as const) } };
    expect(judged([claim(OURS)], both)).toEqual(['IPv4 http=20000/TCP', '?http=20000/UDP']);
    expect(judged([claim(OURS), claim(OURS, { protocols: UDP })], both)).toEqual(['IPv4 http=20000/TCP+UDP']);
  });

  test('by itself: what is right beside it stays', () => {
    const told = { http: WEB, kubelet: { ...WEB, number: 10_250 } };
    expect(judged([claim(OURS)], told)).toEqual(['IPv4 http=20000/TCP', '?kubelet=10250/TCP']);
    expect(judged([claim(OURS)], told, podOn(), ['http', 'none'])).toEqual(['IPv4 http=20000/TCP']);
  });

  test('at no address before its node has one', () => {
    expect(judged([], undefined, podOn([]))).toEqual([]);
  });
});

test('a number is a pod’s at those addresses of its node that the claim is for', () => {
  const dual = podOn(['10.0.0.1', 'FD00::0:1']);
  expect(judged([claim(OURS)], undefined, dual)).toEqual(['IPv4 http=20000/TCP', 'IPv6 http=20000/TCP']);
  expect(judged([claim(OURS, { address: '0.0.0.0' })], undefined, dual)).toEqual(['IPv4 http=20000/TCP']);
  expect(judged([claim(OURS, { address: 'fd00::1' })], undefined, dual)).toEqual(['IPv6 http=20000/TCP']);
});

describe('a number of no pool', () => {
  const found = claim(OURS, { pool: NO_POOL, protocols: TCP | UDP });
  const both = { http: { number: 20_000, protocols: new Set(['TCP', 'UDP'] as const) } };
  const declaring = (hostPort: number, hostNetwork = false, hostIP = ''): Pod => {
    const { spec, ...rest } = podOn();
    const ports = [port('http', hostNetwork ? hostPort : 8080, hostNetwork ? {} : { hostPort, hostIP })];
    return { ...rest, spec: { ...spec, hostNetwork, containers: [container('game', ports)] } };
  };

  test('is nobody’s for a pod’s word alone', () => {
    expect(judged([found])).toEqual(['?http=20000/TCP']);
    expect(judged([found], undefined, declaring(20_001))).toEqual(['?http=20000/TCP']);
    expect(judged([found], undefined, declaring(20_000, false, '127.0.0.2'))).toEqual(['?http=20000/TCP']);
  });

  test.each([false, true])('is a pod’s as far as its spec has it as host port (on the host network: %j)', (onHost) => {
    expect(judged([found], both, declaring(20_000, onHost))).toEqual(['IPv4 http=20000/TCP', '?http=20000/UDP']);
  });
});

test('the ledger is asked about the node that the pod is on', () => {
  const asked: (readonly [number, string])[] = [];
  const claimsOn = (...place: readonly [number, string]): readonly Claim[] => {
    asked.push(place);
    return [];
  };
  entitled(podOn(['10.0.0.1'], 'n2'), new Map([['http', WEB]]), claimsOn);
  expect(asked).toEqual([[20_000, 'n2']]);
});
