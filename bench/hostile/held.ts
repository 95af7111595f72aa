import { setImmediate } from 'node:timers/promises';
import { systemClock as clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { TCP, encodeClaim, holder } from '../../src/core/index.ts';
import type { Claim } from '../../src/core/index.ts';
import type { CacheListener, ConfigMap } from '../../src/kube/index.ts';
import {
  BlockStore,
  CLUSTER,
  LEDGER_FORMAT,
  Ledger,
  blockName,
  blockOf,
  ledgerLabels,
  sealOf,
} from '../../src/ledger/index.ts';
import type { DomainKey } from '../../src/ledger/index.ts';
import { StoredConfigMaps } from '../../test/unit/ledger/config-maps.ts';

/** The first number that is held in each domain, and how many are in that of the whole cluster and on each node. */
export const FIRST = 5_120;
export const ON_CLUSTER = 60_000;
export const ON_NODE = 3_000;
export const NODES: readonly string[] = Array.from({ length: 30 }, (_, at) => `node-${at}`);

/** An API server that answers each write in a turn of its own. */
export function serverOfConfigMaps(): StoredConfigMaps {
  return new StoredConfigMaps(() => setImmediate());
}

/** A ledger of `held`, or of nothing, on an API server that answers each write in a turn of its own. Nobody takes it down: it owns nothing. */
export function ledgerOf(held: Iterable<ConfigMap> = [], server = serverOfConfigMaps()): Ledger {
  const common = { client: server.client, clock, random: seededRandom(1) };
  const cache = {
    subscribe: (listener: CacheListener<ConfigMap>): Disposable => {
      for (const object of held) {
        server.objects.set(object.metadata.name, object);
        listener({ type: 'applied', object });
      }
      return { [Symbol.dispose]: () => undefined };
    },
  };
  const store = new BlockStore({ client: server.client, cache, namespace: 'hostport-system', log: silentLogger });
  return new Ledger({ ...common, store, log: silentLogger });
}

/** 150,000 numbers as they are stored: one holder has ten of them. */
export function* blocksOfMany(): Generator<ConfigMap> {
  yield* blocksOf(CLUSTER, ON_CLUSTER);
  for (const node of NODES) yield* blocksOf(node, ON_NODE);
}

/** Who holds `number` in a domain. */
export function residentOn(domain: DomainKey, number: number): Claim {
  const name = `relay-${domain === CLUSTER ? 'any' : domain}-${Math.floor(number / 10)}`;
  const by = holder({
    group: 'hostport.io',
    kind: 'PortAllocation',
    namespace: `team-${number % 7}`,
    name,
    uid: `uid-of-${name}`,
  });
  return {
    number,
    protocols: TCP,
    address: '',
    pool: 'games',
    holder: by,
    port: 'p',
    state: 'held',
    time: 1_700_000_000,
  };
}

/** `count` numbers of a domain as they are stored, each held by whom `resident` says. */
export function* blocksOf(domain: DomainKey, count: number, resident = residentOn): Generator<ConfigMap> {
  let data: Record<string, string> = {};
  for (let number = FIRST; number < FIRST + count; number++) {
    data[String(number)] = encodeClaim(resident(domain, number));
    if (number + 1 < FIRST + count && blockOf(number + 1) === blockOf(number)) continue;
    yield storedBlock(domain, blockOf(number), data);
    data = {};
  }
}

function storedBlock(domain: DomainKey, first: number, data: Readonly<Record<string, string>>): ConfigMap {
  const labels = {
    [ledgerLabels.ledger]: LEDGER_FORMAT,
    [ledgerLabels.scope]: domain === CLUSTER ? 'Cluster' : 'Node',
  };
  const annotations = {
    'hostport.io/seal': sealOf(data),
    ...(domain === CLUSTER ? {} : { 'hostport.io/node': domain }),
  };
  const name = blockName({ domain, first });
  const metadata = { name, namespace: 'hostport-system', labels, annotations, uid: name, resourceVersion: '1' };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z' },
    data,
  };
}
