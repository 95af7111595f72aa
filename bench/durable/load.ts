import { systemClock as clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemRandom as random } from '../../src/base/random.ts';
import { invariant, ok } from '../../src/base/result.ts';
import { TCP, claimsHeldBy, holder, plan, release } from '../../src/core/index.ts';
import type { Holder, Pool, PortsRequest, StrategyName } from '../../src/core/index.ts';
import { ConfigMaps, ResourceCache } from '../../src/kube/index.ts';
import type { ClusterClient, ConfigMap } from '../../src/kube/index.ts';
import { BlockStore, CLUSTER, ledgerSelector, Ledger } from '../../src/ledger/index.ts';
import { NAMESPACE } from '../cluster.ts';

/** What a process is to do at once. */
export interface Load {
  readonly strategy: StrategyName;
  /** How many ask at once, each for one number after the other. */
  readonly callers: number;
  /** How many numbers they take together. */
  readonly numbers: number;
}

/** What came of it. Times are milliseconds since the epoch, so that those of several processes compare. */
export interface Outcome {
  readonly began: number;
  readonly ended: number;
  /** From the request to its durable answer, in milliseconds. */
  readonly latencies: readonly number[];
  readonly written: number;
  readonly stale: number;
}

/** One ledger, as a manager has it: what is taken through it is held until it is released. */
export class LoadedLedger implements AsyncDisposable {
  readonly #owned = new AsyncDisposableStack();
  readonly #ledger: Ledger;
  readonly #signal = new AbortController().signal;
  readonly #who: number;
  readonly #counts = { written: 0, stale: 0, failed: 0 };
  #mine: Holder[] = [];
  #next = 0;

  private constructor(client: ClusterClient, who: number, cache: ResourceCache<ConfigMap>) {
    this.#who = who;
    this.#owned.use(cache);
    const store = new BlockStore({ client, cache, namespace: NAMESPACE, log: silentLogger });
    const observe = (result: 'written' | 'stale' | 'failed') => {
      this.#counts[result]++;
    };
    this.#ledger = this.#owned.use(new Ledger({ store, clock, random, log: silentLogger, observe }));
  }

  /** @param who tells the holders of one process from those of another */
  static async open(client: ClusterClient, who: number): Promise<LoadedLedger> {
    const selection = { namespace: NAMESPACE, labelSelector: ledgerSelector };
    const surroundings = { client, clock, random, logger: silentLogger };
    const cache = new ResourceCache<ConfigMap>({ type: ConfigMaps, ...selection, ...surroundings });
    const ledger = new LoadedLedger(client, who, cache);
    cache.start();
    await cache.whenSynced(ledger.#signal);
    return ledger;
  }

  /** Takes numbers, one caller beside the other. */
  async take({ strategy, callers, numbers }: Load): Promise<Outcome> {
    const pool: Pool = { name: 'default', usable: [{ first: 20_000, last: 29_999 }], strategy, cooldown: 0 };
    const latencies: number[] = [];
    const before = { ...this.#counts };
    let left = numbers;
    const call = async (): Promise<void> => {
      while (left-- > 0) latencies.push(await this.#takeOne(pool));
    };
    const began = performance.timeOrigin + performance.now();
    await Promise.all(Array.from({ length: callers }, call));
    const ended = performance.timeOrigin + performance.now();
    const { written, stale, failed } = this.#counts;
    invariant(failed === before.failed, 'a write failed');
    return { began, ended, latencies, written: written - before.written, stale: stale - before.stale };
  }

  /** Gives back everything that was taken. */
  async giveBack(): Promise<void> {
    const holders = this.#mine;
    this.#mine = [];
    const given = await this.#ledger.commit(
      CLUSTER,
      (domain, { now }) => {
        for (const each of holders) release(domain, claimsHeldBy(domain, each), now, { cooldownOf: () => 0 });
        return ok(undefined);
      },
      { signal: this.#signal },
    );
    invariant(given.ok, 'the release was refused');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #takeOne(pool: Pool): Promise<number> {
    const request = requestOf(pool, this.#who, this.#next++);
    const began = performance.now();
    const granted = await this.#ledger.commit(CLUSTER, (domain, context) => plan(domain, request, context), {
      signal: this.#signal,
    });
    const latency = performance.now() - began;
    invariant(granted.ok, granted.ok ? '' : granted.error.message);
    this.#mine.push(request.holder);
    return latency;
  }
}

function requestOf(pool: Pool, who: number, turn: number): PortsRequest {
  const name = `match-${who}-${turn}`;
  const uid = `3f2c9a3e-5d1b-4c58-900${who}-${String(turn).padStart(12, '0')}`;
  return {
    holder: holder({ group: 'hostport.io', kind: 'PortAllocation', namespace: 'game', name, uid }),
    pool,
    ports: [{ name: 'game', protocols: TCP, address: '', count: 1 }],
    indifferent: true,
    gone: new Set(),
    poolsWith: () => [],
  };
}
