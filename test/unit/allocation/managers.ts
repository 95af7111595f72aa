import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ok } from '../../../src/base/result.ts';
import { Allocator, Sweep } from '../../../src/allocation/index.ts';
import { understandPools } from '../../../src/allocation/pool-rules.ts';
import type { Census, LookAtPods } from '../../../src/allocation/index.ts';
import type { AllocatorParts } from '../../../src/allocation/allocator.ts';
import type { Holder } from '../../../src/core/index.ts';
import type { CacheChange, ConfigMap, ResourceCache } from '../../../src/kube/index.ts';
import { BlockStore, Ledger } from '../../../src/ledger/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { StoredConfigMaps } from '../ledger/config-maps.ts';
import { storedPool } from './resources.ts';

const { signal } = new AbortController();

/** The life of a reservation, in seconds. */
export const LIFE_S = 45;

/** A cache that shows only the objects with which a test notifies it. */
class Watch {
  readonly #listeners = new Set<(change: CacheChange<ConfigMap>) => void>();

  subscribe(listener: (change: CacheChange<ConfigMap>) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The ledger has adopted what it wrote itself already. */
  apply(): void {
    return undefined;
  }

  notify(object: ConfigMap): void {
    for (const listener of this.#listeners) listener({ type: 'applied', object });
  }
}

/** One manager, as far as it assigns and releases numbers. */
export interface TestManager {
  readonly ledger: Ledger;
  readonly allocator: Allocator;
  readonly twoStepRelease: Sweep['twoStepRelease'];
  /** One sweep that sees no holder, and pods that use the numbers `inUse`, as `NAMESPACE/NUMBER`. */
  sweep(...inUse: readonly string[]): Promise<void>;
  /** Shows it all that is stored: its watch has caught up. */
  catchUp(): void;
}

/**
 * Several managers with one ledger. Their watches show nothing by themselves: a manager knows only what it wrote, and what it
 * read after a stale write.
 */
export class Managers implements AsyncDisposable {
  readonly server = new StoredConfigMaps();
  readonly clock = new FakeClock();
  /** Which holders are gone; all but allocations, unless a test says otherwise. */
  isGone: (holder: Holder) => boolean = ({ kind }) => kind !== 'PortAllocation';
  /** The numbers that a look at the pods finds in use; none, unless a test says otherwise. */
  lookAtPods: LookAtPods = async () => new Set();
  readonly liveness = {
    isGone: async (holder: Holder): Promise<boolean> => this.isGone(holder),
    asksFor: async (): Promise<readonly string[]> => [],
  };
  readonly #lifetime = new Lifetime('managers');
  readonly #pool;

  /** @param range the numbers of the only pool, `games`, which has no cooldown */
  constructor(range: string) {
    [this.#pool] = understandPools([storedPool('games', { ranges: [range], strategy: 'Sequential' })]);
  }

  /** Adds a manager. For it no controller asks for a port any longer. */
  add(): TestManager {
    const { clock, server } = this;
    const common = { client: server.client, clock, random: seededRandom(1) };
    const watch = new Watch();
    const cache = watch as unknown as ResourceCache<ConfigMap>;
    const store = new BlockStore({ client: server.client, cache, namespace: 'games', log: silentLogger });
    const ledger = this.#lifetime.own(
      new Ledger({ ...common, store, log: silentLogger, reservationLifeMs: LIFE_S * 1000 }),
    );
    const parts = {
      ledger,
      pools: { all: () => [this.#pool], with: () => [], find: () => this.#pool, cooldownOf: () => 0 },
      quotas: {
        take: async () => ok(undefined),
        giveBack: async () => undefined,
        announce: () => ({ [Symbol.dispose]: () => undefined }),
      },
      liveness: this.liveness,
      namespaces: { get: () => undefined },
      nodes: { get: () => undefined },
      clock,
      log: silentLogger,
      observe: () => undefined,
      lookAtPods: (...asked: Parameters<LookAtPods>) => this.lookAtPods(...asked),
    };
    const allocator = new Allocator(parts as unknown as AllocatorParts);
    const sweep = new Sweep({ ...parts, allocator } as unknown as ConstructorParameters<typeof Sweep>[0]);
    return {
      ledger,
      allocator,
      twoStepRelease: sweep.twoStepRelease,
      catchUp: () => server.objects.forEach((object) => watch.notify(object)),
      sweep: async (...inUse) => {
        const census: Census = { beliefs: new Map(), alive: new Set(), seats: new Map(), inUse: new Set(inUse) };
        const done = sweep.releaseGone(census, signal).then(() => sweep.settleDoubts(census, signal));
        // The time between the first look for holders and the second.
        await Promise.all([done, clock.advance(5_000)]);
      },
    };
  }

  /** Lets time pass. */
  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}

/** The number of the first port of the answer, or the reason of the refusal. */
export async function numberOf(answer: ReturnType<Allocator['reserve']>): Promise<number | string | undefined> {
  const given = await answer;
  return given.ok ? given.value.ports[0]?.number : given.error.reason;
}
