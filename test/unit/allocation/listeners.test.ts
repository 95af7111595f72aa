import { beforeEach, describe, expect, test } from '@jest/globals';
import { CLUSTER, Listeners, Observations, claimsOf } from '../../../src/allocation/index.ts';
import { believedIn } from '../../../src/allocation/unmanaged-listeners.ts';
import { standingOf } from '../../../src/allocation/listeners.ts';
import type { BelievedReport } from '../../../src/allocation/node-report-store.ts';
import type { ListeningSocket } from '../../../src/api/index.ts';
import type { LedgerListener } from '../../../src/ledger/index.ts';
import { Domain, SCTP, TCP, UDP } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import { claim, seen } from '../core/make.ts';
import { storedReport } from './resources.ts';

const tcp = (port: number): ListeningSocket => ({ protocol: 'TCP', port });

/** A report that the agent of `node` has just renewed. */
function sighting(node: string, ...listening: ListeningSocket[]): BelievedReport {
  return { node, report: storedReport(node, { listening, sockets: listening.length }).spec };
}

describe('a socket is', () => {
  const [socket] = claimsOf('n1', storedReport('n1', { listening: [{ ...tcp(20_000), address: '10.0.0.5' }] }).spec);
  const cases: readonly [string, Partial<Claim> | undefined, Parameters<typeof standingOf>[2], string][] = [
    ['unmanaged where nobody has the number', undefined, undefined, 'unmanaged'],
    ['explained where somebody holds it', {}, undefined, 'explained'],
    ['explained where it is reserved', { state: 'reserved' }, undefined, 'explained'],
    ['explained where it was unmanaged, and now the number has a holder', {}, 'unmanaged', 'explained'],
    ['unmanaged where it is held on another protocol', { protocols: UDP | SCTP }, undefined, 'unmanaged'],
    ['unmanaged where it is held on another address', { address: '10.0.0.6' }, undefined, 'unmanaged'],
    ['explained where it is held on every address', { address: '0.0.0.0' }, undefined, 'explained'],
    ['doubtful when it was explained a report ago', undefined, 'explained', 'doubtful'],
    ['unmanaged when it was doubtful a report ago', undefined, 'doubtful', 'unmanaged'],
    ['doubtful at first while the number cools', { state: 'cooling' }, undefined, 'doubtful'],
    ['unmanaged when it is still there while the number cools', { state: 'cooling' }, 'doubtful', 'unmanaged'],
    [
      'unmanaged where the claim in the ledger can not be read',
      { state: 'unreadable', text: 'x' },
      undefined,
      'unmanaged',
    ],
  ];
  test.each(cases)('%s', (_, held, before, expected) => {
    const domain = new Domain();
    if (held !== undefined) domain.write(20_000, [claim(20_000, { protocols: TCP, ...held })]);
    expect(standingOf(domain, socket as Claim, before)).toBe(expected);
  });

  test('explained where a pod or a Service is seen that took the number without asking', () => {
    const domain = new Domain();
    domain.observe(20_000, [seen(20_000)]);
    expect(standingOf(domain, socket as Claim, undefined)).toBe('explained');
  });

  test('unmanaged where only nodes are seen', () => {
    const domain = new Domain();
    domain.observe(20_000, [socket as Claim]);
    expect(standingOf(domain, socket as Claim, 'unmanaged')).toBe('unmanaged');
  });
});

describe('what is observed', () => {
  let domains: Map<string, Domain>;
  let changed: LedgerListener;
  let see: (sighting: BelievedReport) => void;
  let listeners: Listeners;
  let pools: { readonly name: string; readonly first: number; readonly last: number }[];
  let onPools: () => void;
  let pods: ReturnType<Observations['observer']>;
  const domain = (key: string): Domain => {
    const known = domains.get(key) ?? new Domain().follow();
    domains.set(key, known);
    return known;
  };
  const nothing: Disposable = { [Symbol.dispose]: () => undefined };
  const observed = (key: string, number: number): readonly string[] =>
    domain(key)
      .observedOn(number)
      .map(({ holder }) => holder.name);
  const write = (key: string, number: number, claims: readonly Claim[]): void => {
    domain(key).write(number, claims);
    changed(key, domain(key).takeChanges());
  };

  beforeEach(() => {
    domains = new Map();
    pools = [{ name: 'all', first: 20_000, last: 24_999 }];
    const ledger = {
      domain,
      subscribe: (listener: typeof changed) => {
        changed = listener;
        return nothing;
      },
    };
    const reports = {
      believed: () => [][Symbol.iterator]() as Generator<never>,
      subscribe: (listener: typeof see) => {
        see = listener;
        return nothing;
      },
    };
    const observations = new Observations({ observe: (key, number, claims) => domain(key).observe(number, claims) });
    pods = observations.observer();
    listeners = new Listeners({ ledger, reports, observe: observations.observer() });
    listeners.begin({
      ofClusterWith: (number) =>
        pools.filter(({ first, last }) => number >= first && number <= last).map(({ name }) => name),
      subscribe: (listener) => ((onPools = () => listener(undefined)), nothing),
    });
  });

  test('is what listens: on its node, and in the cluster; and nowhere when it is closed', () => {
    see(sighting('n1', tcp(20_000)));
    expect([observed('n1', 20_000), observed(CLUSTER, 20_000), observed('n2', 20_000)]).toEqual([['n1'], ['n1'], []]);
    see(sighting('n1', tcp(20_001)));
    expect([observed('n1', 20_000), observed(CLUSTER, 20_000), observed('n1', 20_001)]).toEqual([[], [], ['n1']]);
    see({ node: 'n1', report: undefined });
    expect([observed('n1', 20_001), observed(CLUSTER, 20_001)]).toEqual([[], []]);
  });

  test('is in the cluster as long as some node has it, and there once', () => {
    for (const node of ['n1', 'n2', 'n3']) see(sighting(node, tcp(20_000)));
    expect(observed(CLUSTER, 20_000)).toEqual(['n1']);
    see(sighting('n1'));
    expect(observed(CLUSTER, 20_000)).toEqual(['n2']);
    see(sighting('n2', tcp(20_000), { protocol: 'UDP', port: 20_000 }));
    expect(observed(CLUSTER, 20_000)).toEqual(['n2', 'n2']);
    see({ node: 'n2', report: undefined });
    expect(observed(CLUSTER, 20_000)).toEqual(['n3']);
  });

  test("is no holder's own process, also when it was seen before the holder", () => {
    see(sighting('n1', tcp(20_000)));
    write('n1', 20_000, [claim(20_000)]);
    expect([observed('n1', 20_000), observed(CLUSTER, 20_000)]).toEqual([[], ['n1']]);
    write(CLUSTER, 20_000, [claim(20_000)]);
    expect(observed(CLUSTER, 20_000)).toEqual([]);
  });

  test('is what goes on listening after the release, when the agent has looked twice', () => {
    write('n1', 20_000, [claim(20_000)]);
    see(sighting('n1', tcp(20_000)));
    write('n1', 20_000, []);
    expect(observed('n1', 20_000)).toEqual([]);
    see(sighting('n1', tcp(20_000)));
    expect(observed('n1', 20_000)).toEqual([]);
    see(sighting('n1', tcp(20_000)));
    expect(observed('n1', 20_000)).toEqual(['n1']);
  });

  test('takes nothing back that another observer sees', () => {
    see(sighting('n1', tcp(20_000)));
    pods.observe('n1', 20_000, [seen(20_000)]);
    expect(observed('n1', 20_000)).toEqual(['stranger', 'n1']);
    see(sighting('n1'));
    expect(observed('n1', 20_000)).toEqual(['stranger']);
    pods.observe('n1', 20_000, []);
    expect(observed('n1', 20_000)).toEqual([]);
  });

  describe('of one node that says much', () => {
    const many = Array.from({ length: 4_096 }, (_, at) => tcp(20_000 + at));
    const blocked = (key: string): readonly number[] =>
      many.map(({ port }) => port).filter((number) => observed(key, number).length > 0);

    test('blocks the lowest 64 numbers of the pool in the cluster, and all of them there', () => {
      see(sighting('n1', ...many.toReversed()));
      expect(blocked(CLUSTER)).toEqual(many.slice(0, 64).map(({ port }) => port));
      expect(blocked('n1')).toHaveLength(4_096);
      expect(listeners.ignoredIn('all')).toEqual(['n1']);
    });

    test('notifies when it begins and ends', () => {
      const changes: string[] = [];
      listeners.subscribe((pool) => changes.push(`${pool}: ${listeners.ignoredIn(pool).join()}`));
      see(sighting('n1', ...many.slice(0, 64)));
      see(sighting('n1', ...many.slice(0, 65)));
      see(sighting('n1', ...many.slice(0, 66)));
      see({ node: 'n1', report: undefined });
      expect(changes).toEqual(['all: n1', 'all: ']);
    });

    test('leaves the listeners of other nodes as they are', () => {
      see(sighting('n1', ...many));
      see(sighting('n2', tcp(22_000)));
      expect(observed(CLUSTER, 22_000)).toEqual(['n2']);
    });

    test('counts those alone that nobody has by right', () => {
      for (let at = 0; at < 10; at++) domain(CLUSTER).write(20_000 + at, [claim(20_000 + at, { protocols: TCP })]);
      see(sighting('n1', ...many));
      expect(blocked(CLUSTER)).toEqual(many.slice(10, 74).map(({ port }) => port));
    });

    test('counts anew when pools change', () => {
      see(sighting('n1', ...many));
      pools = [{ name: 'upper', first: 21_000, last: 21_999 }];
      onPools();
      expect(blocked(CLUSTER)).toEqual(many.slice(1_000, 1_064).map(({ port }) => port));
      expect([listeners.ignoredIn('all'), listeners.ignoredIn('upper')]).toEqual([[], ['n1']]);
    });
  });
});

describe('of what one node says count in a pool', () => {
  const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at);
  interface Case {
    readonly what: string;
    readonly said: readonly number[];
    readonly pools: Readonly<Record<string, readonly [number, number]>>;
    readonly blocked: readonly number[];
    readonly ignoredIn: readonly string[];
  }
  const [few, many] = [numbers(1, 64), numbers(1, 200)];
  test.each<Case>([
    { what: 'none that no pool has', said: many, pools: {}, blocked: [], ignoredIn: [] },
    { what: 'all, if they are few', said: few, pools: { a: [1, 100] }, blocked: few, ignoredIn: [] },
    { what: 'the lowest, if they are many', said: many, pools: { a: [1, 65] }, blocked: few, ignoredIn: ['a'] },
    {
      what: 'as many in each',
      said: many,
      pools: { a: [1, 100], b: [101, 200] },
      blocked: [...few, ...numbers(101, 164)],
      ignoredIn: ['a', 'b'],
    },
    {
      what: 'no more than so many in all of those that share numbers',
      said: many,
      pools: { a: [1, 200], b: [51, 200] },
      blocked: few,
      ignoredIn: ['a'],
    },
  ])('$what', ({ said, pools, blocked, ignoredIn }) => {
    const having = (number: number): string[] =>
      Object.entries(pools).flatMap(([name, [first, last]]) => (number >= first && number <= last ? [name] : []));
    const found = believedIn(said, having);
    expect([...found.blocked]).toEqual(blocked);
    expect([...found.ignoredIn].sort()).toEqual(ignoredIn);
  });
});
