import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { plan } from '../../../src/core/index.ts';
import type { StrategyName } from '../../../src/core/index.ts';
import type { CacheListener, ClusterClient, ConfigMap } from '../../../src/kube/index.ts';
import { BlockStore, CLUSTER, Ledger } from '../../../src/ledger/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, pool, tcp } from '../core/make.ts';
import { StoredConfigMaps } from './config-maps.ts';

const { signal } = new AbortController();
const BLOCK = 'hostport-cluster-19968';

let lifetime: Lifetime;
let server: StoredConfigMaps;
beforeEach(() => {
  lifetime = new Lifetime('managers');
  server = new StoredConfigMaps();
});
afterEach(() => lifetime[Symbol.asyncDispose]());

/** A manager's ledger. */
class Mate {
  readonly counts = { written: 0, stale: 0, failed: 0 };
  /** Names of blocks that were read by themselves. */
  readonly reads: string[] = [];
  readonly #ledger: Ledger;
  #tell: CacheListener<ConfigMap> = () => undefined;

  constructor(seed: number) {
    const client = {
      ...server.client,
      find: async (_: unknown, key: { readonly name: string }) => {
        this.reads.push(key.name);
        return server.objects.get(key.name);
      },
    } as unknown as ClusterClient;
    const subscribe = (listener: CacheListener<ConfigMap>): Disposable => {
      this.#tell = listener;
      return { [Symbol.dispose]: () => undefined };
    };
    const store = new BlockStore({ client, cache: { subscribe }, namespace: 'games', log: silentLogger });
    const common = { clock: new FakeClock(), random: seededRandom(seed), log: silentLogger };
    const observe = (result: keyof Mate['counts']): void => {
      this.counts[result]++;
    };
    this.#ledger = lifetime.own(new Ledger({ ...common, store, observe }));
  }

  async take(name: string, strategy: StrategyName): Promise<number | undefined> {
    const holder = allocation(name);
    const request = { holder, pool: games, strategy, ports: [tcp('p')], indifferent: true as const };
    const whole = { ...request, gone: new Set<string>(), poolsWith: () => [] };
    const granted = await this.#ledger.commit(CLUSTER, (domain, context) => plan(domain, whole, context), { signal });
    return granted.ok ? granted.value.ports[0]?.number : undefined;
  }

  /** Its watch shows all blocks as they are stored. */
  catchUp(): void {
    for (const object of server.objects.values()) this.#tell({ type: 'applied', object });
  }
}

const games = pool('20000-29999');

test.each(['Sequential', 'Stride'] as const)(
  'two managers get out of each other’s way, where it matters to nobody: %s',
  async (strategy) => {
    const mates = [new Mate(1), new Mate(2)];
    const numbers: (number | undefined)[] = [];
    for (let turn = 0; turn < 150; turn++) {
      const given = mates.map((mate, who) => mate.take(`holder-${who}-${turn}`, strategy));
      numbers.push(...(await Promise.all(given)));
    }
    expect(new Set(numbers).size).toBe(300);
    expect(numbers).not.toContain(undefined);
    // They meet at first, and may once more where the stretch of one ends at that of the other.
    const stale = mates.map(({ counts }) => counts.stale);
    expect(stale.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(3);
  },
);

test('a block that was written meanwhile is read, unless the watch has shown it', async () => {
  const [mate, rival] = [new Mate(1), new Mate(2)];
  await mate.take('before', 'Sequential');
  await rival.take('rival', 'Sequential');
  expect([rival.counts.stale, rival.reads]).toEqual([1, [BLOCK]]);

  const watching = new Mate(1);
  watching.catchUp();
  server.beforeNextWrite = () => {
    server.put(BLOCK, {});
    watching.catchUp();
  };
  expect(await watching.take('late', 'Sequential')).toEqual(expect.any(Number));
  expect([watching.counts.stale, watching.reads]).toEqual([1, []]);
});
