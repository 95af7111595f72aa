import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { Leases } from '../../../src/kube/index.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';
import { LeaderElector } from '../../../src/runtime/index.ts';
import { signal, startCluster, until } from '../kube/cluster.ts';
import type { TestCluster } from '../kube/cluster.ts';

/** The usual times are 15, 10 and 2 seconds; a lease counts whole seconds. A busy machine must not end a term by itself. */
const times = { durationMs: 10_000, renewDeadlineMs: 8_000, retryMs: 200 };
let cluster: TestCluster;
let lifetime: Lifetime;
let namespace: string;
/** What happened, in order: `a begins`, `a ends`. */
let story: string[];

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());
beforeEach(async () => {
  lifetime = new Lifetime('electors');
  namespace = await cluster.namespace();
  story = [];
});
afterEach(async () => lifetime[Symbol.asyncDispose]());

function elect(identity: string, client: ClusterClient = cluster.client): LeaderElector {
  const elector = new LeaderElector({
    client,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    namespace,
    name: 'manager',
    identity,
    times,
    lead: async (term) => {
      story.push(`${identity} begins`);
      term.defer(() => void story.push(`${identity} ends`));
    },
  });
  elector.start();
  return lifetime.own(elector);
}

const lease = () => cluster.client.get(Leases, { namespace, name: 'manager' }, { signal });
const leaders = (...electors: LeaderElector[]) => electors.filter((one) => one.leading).length;

describe('an election', () => {
  test('has one winner, who writes the Lease as every component does', async () => {
    const [a, b, c] = [elect('a'), elect('b'), elect('c')];
    await until(() => leaders(a, b, c) === 1);
    const { spec } = await lease();
    expect(['a', 'b', 'c']).toContain(spec?.holderIdentity);
    expect(spec).toMatchObject({ leaseDurationSeconds: 10, leaseTransitions: 0 });
    expect(spec?.renewTime).toMatch(/\.\d{6}Z$/);
    await until(async () => (await lease()).spec?.renewTime !== spec?.renewTime);
    expect(story).toHaveLength(1);
  });

  test('hands over at once when the leader leaves: its term ends before the next begins', async () => {
    const a = elect('a');
    await until(() => a.leading);
    const b = elect('b');
    const began = systemClock.monotonic();
    await a[Symbol.asyncDispose]();
    await until(() => b.leading);
    expect(systemClock.monotonic() - began).toBeLessThan(times.durationMs);
    expect(story).toEqual(['a begins', 'a ends', 'b begins']);
    expect((await lease()).spec?.leaseTransitions).toBe(1);
  });

  test('waits out a leader that is cut off, who has ended its term before', async () => {
    const { client, relay } = await cluster.relayed();
    const a = elect('a', client);
    await until(() => a.leading);
    const b = elect('b');
    relay.close(true);
    await until(() => b.leading);
    expect(story).toEqual(['a begins', 'a ends', 'b begins']);
    relay.close(false);
    await b[Symbol.asyncDispose]();
    await until(() => a.leading);
    expect(story).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'a begins']);
  });

  test('is lost by a leader whose Lease somebody else wrote', async () => {
    const a = elect('a');
    await until(() => a.leading);
    await until(async () => {
      const held = await lease();
      const spec = { ...held.spec, holderIdentity: 'thief', leaseDurationSeconds: 60 };
      return cluster.client.replace(Leases, { ...held, spec }, { signal }).then(
        () => true,
        () => false,
      );
    });
    await until(() => !a.leading);
    await until(() => story.includes('a ends'));
    expect((await lease()).spec?.holderIdentity).toBe('thief');
  });

  test('survives an API server that is away: the term ends, and a new one begins', async () => {
    const a = elect('a');
    await until(() => a.leading);
    await cluster.plane.stopApiServer();
    await until(() => !a.leading);
    await cluster.plane.startApiServer();
    await until(() => a.leading);
    expect(story).toEqual(['a begins', 'a ends', 'a begins']);
  });

  test('ends a term that could not begin, and tries again', async () => {
    let tries = 0;
    const elector = new LeaderElector({
      client: cluster.client,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      namespace,
      name: 'manager',
      identity: 'a',
      times,
      lead: async () => {
        if (++tries === 1) throw new Error('not yet');
      },
    });
    lifetime.own(elector).start();
    await until(() => tries === 2 && elector.leading);
  });
});
