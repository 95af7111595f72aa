import { TCP, encodeClaim, holder } from '../../src/core/index.ts';
import { ConfigMaps } from '../../src/kube/index.ts';
import type { ClusterClient, ConfigMap } from '../../src/kube/index.ts';
import { NAMESPACE } from '../cluster.ts';

type Data = Readonly<Record<string, string>>;

/** Numbers in a block of the ledger. */
const BLOCK = 64;

/**
 * What the ledger is measured against: one ConfigMap that is overwritten, one write after the other, each with the
 * version that the last one gave.
 */
export class PlainWrites {
  readonly #client: ClusterClient;
  readonly #signal = new AbortController().signal;
  #object: ConfigMap;

  private constructor(client: ClusterClient, object: ConfigMap) {
    this.#client = client;
    this.#object = object;
  }

  static async create(client: ClusterClient, name: string): Promise<PlainWrites> {
    const { signal } = new AbortController();
    return new PlainWrites(
      client,
      await client.create(ConfigMaps, { metadata: { name, namespace: NAMESPACE } }, { signal }),
    );
  }

  /** Milliseconds of each of `writes` that store 1 KB. */
  kilobytes(writes: number): Promise<readonly number[]> {
    return this.#writeAll(Array.from({ length: writes }, (_, at) => ({ text: String(at).padStart(1024, 'x') })));
  }

  /** Milliseconds of each of the writes that fill a block: the first stores one line of the ledger, the last 64. */
  growingBlock(): Promise<readonly number[]> {
    const lines = Array.from({ length: BLOCK }, (_, at): [string, string] => [
      String(20_032 + at),
      lineOf(20_032 + at),
    ]);
    return this.#writeAll(lines.map((_, at) => Object.fromEntries(lines.slice(0, at + 1))));
  }

  async #writeAll(contents: readonly Data[]): Promise<readonly number[]> {
    const times: number[] = [];
    for (const data of contents) {
      const began = performance.now();
      this.#object = await this.#client.replace(ConfigMaps, { ...this.#object, data }, { signal: this.#signal });
      times.push(performance.now() - began);
    }
    return times;
  }
}

function lineOf(number: number): string {
  const name = `match-1-${number}`;
  const uid = `3f2c9a3e-5d1b-4c58-9001-${String(number).padStart(12, '0')}`;
  return encodeClaim({
    number,
    protocols: TCP,
    address: '',
    pool: 'default',
    holder: holder({ group: 'hostport.io', kind: 'PortAllocation', namespace: 'game', name, uid }),
    port: 'game',
    state: 'held',
    time: 1_700_000_000,
  });
}
