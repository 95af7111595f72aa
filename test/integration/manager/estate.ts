import { blockName } from '../../../src/ledger/index.ts';
import { ConfigMaps } from '../../../src/kube/index.ts';
import type { ConfigMap } from '../../../src/kube/index.ts';
import { succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { printHeld } from './books.ts';

/** Where the managers keep their ledger. */
export const LEDGER_NAMESPACE = 'hostport-system';

/** The numbers of the small pool of an {@link Estate}, and how many of them nobody holds. */
export const SIZE = 10;
export const FREE = 2;

const HOLDERS = ['holder-1', 'holder-2', 'holder-3', 'holder-4'];

/**
 * A nearly full pool of {@link SIZE} numbers in one block of its own, four holders of two numbers each, and thieves: more
 * than there is room for, so that any number that is up for grabs for a moment is taken.
 */
export class Estate {
  readonly pool: string;
  readonly first: number;
  readonly configMap: string;
  readonly #hostport: RunningHostport;
  readonly #place: { readonly nodeName?: string };
  readonly #thieves: string[] = [];

  /** Nothing is made yet. `first` is a multiple of 64 that no other pool covers. */
  constructor(hostport: RunningHostport, first: number, nodeName: string | undefined) {
    this.#hostport = hostport;
    this.first = first;
    this.pool = `pool-${first}`;
    this.#place = nodeName === undefined ? {} : { nodeName };
    this.configMap = blockName({ domain: nodeName ?? '', first });
  }

  /** Makes the pool and its holders. */
  async settle(): Promise<void> {
    const { objects } = this.#hostport;
    const scope = this.#place.nodeName === undefined ? 'Cluster' : 'Node';
    const ranges = [`${this.first}-${this.first + SIZE - 1}`];
    await objects.createPool(this.pool, { ranges, scope, cooldown: '0s' });
    const ports = [{ name: 'tcp' }, { name: 'both', protocol: 'TCPUDP' as const }];
    for (const name of HOLDERS) {
      await objects.createAllocation(this.nameOf(name), { poolName: this.pool, ...this.#place, ports });
      await objects.given(this.nameOf(name));
    }
  }

  nameOf(name: string): string {
    return `${name}-of-${this.first}`;
  }

  /** The names of all thieves that were sent. */
  get thieves(): readonly string[] {
    return this.#thieves;
  }

  /** Creates `count` allocations of one port each, all at once. */
  async sendThieves(count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, at) => this.nameOf(`thief-${this.#thieves.length + at + 1}`));
    this.#thieves.push(...names);
    await Promise.all(names.map((name) => this.send(name, { name: 'loot' })));
  }

  /** Creates an allocation of one port. */
  async send(name: string, port: { readonly name: string; readonly port?: number }): Promise<void> {
    const spec = { poolName: this.pool, ...this.#place, ports: [port] };
    await this.#hostport.objects.createAllocation(name, spec);
  }

  /** Who has what of the pool, by the ledger. */
  async heldByAll(): Promise<readonly string[]> {
    const held = await this.#hostport.holders();
    return printHeld(held.filter(({ pool }) => pool === this.pool));
  }

  /** The same of the holders alone. */
  async held(): Promise<readonly string[]> {
    return (await this.heldByAll()).filter((line) => line.includes('default/holder-'));
  }

  /** Deletes the thieves that have nothing. */
  async dismissWaiting(): Promise<void> {
    const { objects } = this.#hostport;
    for (const name of this.#thieves) {
      if ((await objects.findAllocation(name))?.status?.ports === undefined) await this.#dismiss(name);
    }
  }

  /** Deletes all of them. */
  async dismiss(): Promise<void> {
    for (const name of this.#thieves) await this.#dismiss(name);
  }

  /** Waits until so many of the thieves have their number, and gives their names. */
  async whenServed(count: number): Promise<readonly string[]> {
    const read = async (): Promise<readonly string[]> => {
      const found = await Promise.all(this.#thieves.map((name) => this.#hostport.objects.findAllocation(name)));
      return found.flatMap((object) => (object?.status?.ports === undefined ? [] : object.metadata.name));
    };
    return this.#hostport.eventually(read, ({ length }) => length === count, `${count} of the thieves have a number`);
  }

  /** The ConfigMap as it is stored; undefined while it isn't. */
  block(): Promise<ConfigMap | undefined> {
    const { client, signal } = this.#hostport;
    return client.find(ConfigMaps, { namespace: LEDGER_NAMESPACE, name: this.configMap }, { signal });
  }

  /** `kubectl delete configmap` */
  async deleteBlock(): Promise<void> {
    await succeed(this.#hostport.kubectl(['-n', LEDGER_NAMESPACE, 'delete', 'configmap', this.configMap]));
  }

  /** `kubectl patch configmap`, by a merge patch */
  async patchBlock(change: object): Promise<void> {
    const args = ['patch', 'configmap', this.configMap, '--type', 'merge', '-p', JSON.stringify(change)];
    await succeed(this.#hostport.kubectl(['-n', LEDGER_NAMESPACE, ...args]));
  }

  /** `kubectl replace` by a ConfigMap with this data, without labels and annotations */
  async replaceBlock(data: object): Promise<void> {
    const metadata = { namespace: LEDGER_NAMESPACE, name: this.configMap };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
    await succeed(this.#hostport.kubectl(['replace', '-f', '-'], object));
  }

  async #dismiss(name: string): Promise<void> {
    const { objects } = this.#hostport;
    if ((await objects.findAllocation(name)) === undefined) return;
    await objects.removeAllocation(name);
    await objects.gone(name);
  }
}
