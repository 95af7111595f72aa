import type { Clock } from '../../../src/base/clock.ts';
import type { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ok } from '../../../src/base/result.ts';
import { Allocator } from '../../../src/allocation/index.ts';
import type { AllocatorParts, KnownPool, Liveness } from '../../../src/allocation/index.ts';
import { ConfigMaps, ResourceCache } from '../../../src/kube/index.ts';
import { BlockStore, Ledger } from '../../../src/ledger/index.ts';
import type { StoredConfigMaps } from '../ledger/config-maps.ts';

/** What {@link allocatorOn} is made of. */
interface Surroundings {
  readonly clock: Clock;
  /** Ends the ledger. */
  readonly owner: Lifetime;
  readonly pools: readonly KnownPool[];
  /** Default: everybody is gone. */
  readonly liveness?: Pick<Liveness, 'isGone'>;
}

/** An allocator whose watch never tells anything: what it knows, it knows from its own writes. */
export function allocatorOn(server: StoredConfigMaps, surroundings: Surroundings) {
  const { clock, owner, pools, liveness = { isGone: async () => true } } = surroundings;
  const common = { client: server.client, clock, random: seededRandom(1) };
  const cache = new ResourceCache({ ...common, type: ConfigMaps, logger: silentLogger });
  const store = new BlockStore({ client: server.client, cache, namespace: 'games', log: silentLogger });
  const ledger = owner.own(new Ledger({ ...common, store, log: silentLogger }));
  const parts = {
    ledger,
    pools: { all: () => pools, with: () => [], find: () => pools[0], cooldownOf: () => 0 },
    quotas: {
      take: async () => ok(undefined),
      giveBack: async () => undefined,
      announce: () => ({ [Symbol.dispose]: () => undefined }),
    },
    liveness,
    namespaces: { get: () => undefined },
    nodes: { get: () => undefined },
    clock,
    observe: () => undefined,
  };
  return { ledger, allocator: new Allocator(parts as unknown as AllocatorParts) };
}
