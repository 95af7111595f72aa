import { systemClock as clock } from '../../../src/base/clock.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { systemRandom as random } from '../../../src/base/random.ts';
import type { Result } from '../../../src/base/result.ts';
import { ANY_ADDRESS, TCP, claimsHeldBy, holder, plan, release } from '../../../src/core/index.ts';
import type { Grant, Holder, Pool, Refusal } from '../../../src/core/index.ts';
import { ConfigMaps, Connection, Namespaces, ResourceCache, createClusterClient } from '../../../src/kube/index.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';
import { BlockStore, CLUSTER, ledgerSelector, Ledger } from '../../../src/ledger/index.ts';

/** Where the ledgers of these tests are. */
export const NAMESPACE = 'ledger-test';

/** One manager's view of the ledger, with a connection and a cache of its own, as a process of its own has them. */
export class Clerk implements AsyncDisposable {
  readonly client: ClusterClient;
  readonly ledger: Ledger;
  readonly #cache;
  readonly #lifetime = new Lifetime('clerk');

  constructor(kubeconfig: string) {
    const connection = this.#lifetime.own(new Connection({ kubeconfig, clock }));
    this.client = createClusterClient({ connection, clock, random });
    const selection = { namespace: NAMESPACE, labelSelector: ledgerSelector };
    const cache = { client: this.client, type: ConfigMaps, clock, random, logger: silentLogger, ...selection };
    this.#cache = this.#lifetime.own(new ResourceCache(cache));
    const store = new BlockStore({ client: this.client, cache: this.#cache, namespace: NAMESPACE, log: silentLogger });
    this.ledger = this.#lifetime.own(new Ledger({ store, clock, random, log: silentLogger }));
  }

  /** Makes the namespace if need be, and reads the ledger. */
  async open(): Promise<this> {
    const namespace = { metadata: { name: NAMESPACE } };
    const known = await this.client.find(Namespaces, { name: NAMESPACE }, { signal: this.signal });
    if (known === undefined) await this.client.create(Namespaces, namespace, { signal: this.signal });
    this.#cache.start();
    await this.#cache.whenSynced(this.signal);
    return this;
  }

  get signal(): AbortSignal {
    return this.#lifetime.signal;
  }

  /** Asks for one number, or for exactly `numbers`. */
  reserve(by: Holder, pool: Pool, numbers: readonly number[] = []): Promise<Result<Grant, Refusal>> {
    const common = { protocols: TCP, address: ANY_ADDRESS, count: 1 };
    const exact = numbers.map((number) => ({ ...common, name: `p${number}`, number }));
    const ports = exact.length > 0 ? exact : [{ ...common, name: 'p' }];
    const request = { holder: by, pool, ports, gone: new Set<string>(), poolsWith: () => [] };
    return this.ledger.commit(CLUSTER, (domain, context) => plan(domain, request, context), this);
  }

  /** Takes back everything that `by` has; without a cooldown. */
  async release(by: Holder): Promise<void> {
    await this.ledger.commit(
      CLUSTER,
      (domain, { now }) => ({
        ok: true,
        value: release(domain, claimsHeldBy(domain, by), now, { cooldownOf: () => 0 }),
      }),
      this,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}

/** A holder that nobody else is. */
export function someHolder(name: string): Holder {
  return holder({ group: 'hostport.io', kind: 'PortAllocation', namespace: 'games', name, uid: `uid-${name}` });
}
