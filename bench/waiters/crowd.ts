import { Allocator, Pools, Quotas, PendingRequests } from '../../src/allocation/index.ts';
import type { Ask } from '../../src/allocation/index.ts';
import type { AllocatorParts } from '../../src/allocation/allocator.ts';
import type { PortPool } from '../../src/api/index.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import { invariant } from '../../src/base/result.ts';
import type { Holder } from '../../src/core/index.ts';
import type { ConfigMap, ResourceCache } from '../../src/kube/index.ts';
import type { DomainKey } from '../../src/ledger/index.ts';
import { ledgerOf, serverOfConfigMaps } from '../hostile/held.ts';

const { signal } = new AbortController();

/** What many wait for. */
export interface Scene {
  readonly what: string;
  readonly pool: PortPool;
  readonly blocks: () => Iterable<ConfigMap>;
  /** What each of those asks for who wait. */
  readonly asks: readonly Ask[];
  /** Who leaves at each release, and in which domain: somebody is helped by it. */
  readonly leaver: (round: number) => Leaver;
}

/** Somebody who has numbers in a domain, and gives them back. */
export interface Leaver {
  readonly holder: Holder;
  readonly domain: DomainKey;
}

/** Many who wait at a ledger where much is held: the parts that a leading manager has, without an API server. */
export class Crowd implements Disposable {
  readonly #scene: Scene;
  readonly #allocator: Allocator;
  readonly #room: PendingRequests;
  readonly #pools: Pools;
  readonly #quotas: Quotas;
  #served: () => void = () => undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    const server = serverOfConfigMaps();
    const ledger = ledgerOf(scene.blocks(), server);
    const never = (): Disposable => ({ [Symbol.dispose]: () => undefined });
    const cache = { list: () => [scene.pool], subscribe: never } as unknown as ResourceCache<PortPool>;
    const pools = (this.#pools = new Pools(cache));
    const quotas = (this.#quotas = new Quotas({ client: server.client, namespace: 'hostport-system', ledger, pools }));
    this.#allocator = new Allocator({
      ledger,
      pools,
      quotas,
      liveness: { isGone: () => Promise.resolve(false) },
      namespaces: { get: () => undefined },
      nodes: { get: () => ({}) },
      clock,
      observe: () => undefined,
    } as unknown as AllocatorParts);
    this.#room = new PendingRequests({ allocator: this.#allocator, ledger, pools, clock });
  }

  /** Everybody asks, is refused, and waits. */
  async gather(): Promise<void> {
    for (const at of this.#scene.asks.keys()) await this.#ask(at);
    invariant(this.#room.size === this.#scene.asks.length, 'everybody waits');
  }

  /** One leaves; resolves when somebody who waited has what that made free. */
  async release(round: number): Promise<void> {
    const { holder, domain } = this.#scene.leaver(round);
    const served = new Promise<void>((resolve) => (this.#served = resolve));
    const numbers = await this.#allocator.release(holder, signal, { only: domain });
    invariant(numbers.length > 0, 'who leaves had something');
    await served;
  }

  [Symbol.dispose](): void {
    for (const part of [this.#room, this.#quotas, this.#pools]) part[Symbol.dispose]();
  }

  /** As the controller of allocations does it. */
  async #ask(at: number): Promise<void> {
    const ask = this.#scene.asks[at];
    invariant(ask !== undefined, 'nobody else is woken');
    const key = `waiter-${at}`;
    const answer = await this.#allocator.reserve(ask, signal);
    if (answer.ok) {
      this.#room.leave(key);
      this.#served();
      return;
    }
    const since = String(at).padStart(5, '0');
    this.#room.wait(key, { ask, reason: answer.error.reason, since, wake: () => void this.#ask(at) });
  }
}
