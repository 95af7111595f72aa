import { API_VERSION, conditionTypes, finalizers, PortAllocations } from '../../src/api/index.ts';
import type { PortAllocation } from '../../src/api/index.ts';
import { holderOf } from '../../src/allocation/index.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemRandom as random } from '../../src/base/random.ts';
import { UDP, encodeClaim } from '../../src/core/index.ts';
import { ConfigMaps, ResourceCache } from '../../src/kube/index.ts';
import type { ClusterClient, Draft } from '../../src/kube/index.ts';
import { BlockStore, blockOf } from '../../src/ledger/index.ts';
import { NAMESPACE } from '../cluster.ts';

/** What is held on every node: by allocations of consecutive numbers, from the first of the pool's upward. */
export interface Holding {
  readonly poolName: string;
  readonly first: number;
  readonly allocations: number;
  readonly numbersOfEach: number;
}

/** Writes allocations with their status, and the ledger that belongs to them, as managers would have left them. */
export class HeldNumbers {
  readonly #client: ClusterClient;
  readonly #store: BlockStore;
  readonly #holding: Holding;
  readonly #signal = new AbortController().signal;

  constructor(client: ClusterClient, holding: Holding) {
    this.#client = client;
    this.#holding = holding;
    const cache = new ResourceCache({ client, type: ConfigMaps, clock, random, logger: silentLogger }); // never started
    this.#store = new BlockStore({ client, cache, namespace: NAMESPACE, log: silentLogger });
  }

  /** Everything that is held on `nodeName`. */
  async writeNode(nodeName: string): Promise<void> {
    const { allocations } = this.#holding;
    const indexes = Array.from({ length: allocations }, (_, index) => index);
    const holders = await Promise.all(indexes.map((index) => this.#writeAllocation(nodeName, index)));
    const blocks = new Map<number, Record<string, string>>();
    for (const [number, line] of holders.flatMap((holder, index) => this.#lines(holder, index))) {
      const data = blocks.get(blockOf(number)) ?? {};
      data[String(number)] = line;
      blocks.set(blockOf(number), data);
    }
    const written = [...blocks].map(([first, data]) =>
      this.#store.write({ domain: nodeName, first }, data, undefined, { signal: this.#signal }),
    );
    await Promise.all(written);
  }

  async #writeAllocation(nodeName: string, index: number): Promise<PortAllocation> {
    const { poolName, numbersOfEach: count } = this.#holding;
    const name = `relay-${nodeName}-${index}`;
    const draft: Draft<PortAllocation> = {
      metadata: { name, namespace: 'default', finalizers: [finalizers.release] },
      spec: { poolName, nodeName, ports: [{ name: 'rtp', protocol: 'UDP', count }] },
    };
    const created = await this.#client.create(PortAllocations, draft, { signal: this.#signal });
    const body = { status: this.#statusOf(created, index) };
    const change = { type: 'merge', body, subresource: 'status', signal: this.#signal } as const;
    await this.#client.patch(PortAllocations, { namespace: 'default', name }, change);
    return created;
  }

  #statusOf({ metadata }: PortAllocation, index: number): PortAllocation['status'] {
    const { namespace, name, uid, generation, creationTimestamp } = metadata;
    const port = this.#firstOf(index);
    const endPort = port + this.#holding.numbersOfEach - 1;
    const condition = { type: conditionTypes.allocated, status: 'True', reason: 'Allocated' } as const;
    const message = 'all ports have their numbers';
    return {
      poolName: this.#holding.poolName,
      ports: [{ name: 'rtp', protocol: 'UDP', port, endPort }],
      summary: `rtp=${port}-${endPort}/UDP`,
      holder: { apiVersion: API_VERSION, kind: 'PortAllocation', namespace, name, uid },
      observedGeneration: generation,
      conditions: [{ ...condition, message, observedGeneration: generation, lastTransitionTime: creationTimestamp }],
    };
  }

  /** Each number of an allocation with what the ledger says about it. */
  #lines(allocation: PortAllocation, index: number): [number, string][] {
    const { poolName: pool, numbersOfEach } = this.#holding;
    const time = Math.floor(Date.parse(allocation.metadata.creationTimestamp) / 1000);
    const claim = {
      protocols: UDP,
      address: '',
      pool,
      holder: holderOf(allocation),
      port: 'rtp',
      state: 'held',
      time,
    } as const;
    return Array.from({ length: numbersOfEach }, (_, at) => {
      const number = this.#firstOf(index) + at;
      return [number, encodeClaim({ ...claim, number })];
    });
  }

  #firstOf(index: number): number {
    return this.#holding.first + index * this.#holding.numbersOfEach;
  }
}
