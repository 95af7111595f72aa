import { API_VERSION, PortAllocations } from '../../../src/api/index.ts';
import type { PortAllocation } from '../../../src/api/index.ts';
import { systemClock as clock } from '../../../src/base/clock.ts';
import { systemRandom as random } from '../../../src/base/random.ts';
import { Connection, createClusterClient } from '../../../src/kube/index.ts';
import type { ClusterClient, Draft } from '../../../src/kube/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PatientClient } from '../../support/hostport/patient-client.ts';

/** How a crowd goes about it. */
export interface CrowdOptions {
  /** What the names of its allocations begin with. */
  readonly prefix: string;
  readonly poolName: string;
  readonly clients: number;
  /** How many allocations all clients create together. */
  readonly allocations: number;
}

/** Three ports, of which two could share a number if anybody let them. */
const PORTS = [{ name: 'game', protocol: 'UDP' }, { name: 'query', protocol: 'UDP' }, { name: 'admin' }];

/**
 * Clients that create allocations all at once, each as fast as it is answered, and delete every second one of their own
 * while the rest arrive: some at once, some after others have come.
 */
export class Crowd {
  readonly #hostport: RunningHostport;
  readonly #options: CrowdOptions;
  readonly #left = new Set<string>();
  #created = 0;
  #deleted = 0;

  constructor(hostport: RunningHostport, options: CrowdOptions) {
    this.#hostport = hostport;
    this.#options = options;
  }

  /** How many creations the API server has acknowledged. */
  get created(): number {
    return this.#created;
  }

  /** How many deletions it has acknowledged. */
  get deleted(): number {
    return this.#deleted;
  }

  /** Resolves when every client is done. */
  async run(): Promise<void> {
    const { clients } = this.#options;
    await Promise.all(Array.from({ length: clients }, (_, client) => this.#runClient(client)));
  }

  /** Deletes what is left of its allocations. */
  async leave(): Promise<void> {
    await Promise.all([...this.#left].map((name) => this.#delete(this.#hostport.client, name)));
  }

  async #runClient(index: number): Promise<void> {
    const { prefix, clients, allocations } = this.#options;
    await using connection = new Connection({ kubeconfig: this.#hostport.plane.kubeconfig, clock });
    const client = new PatientClient(createClusterClient({ connection, clock, random }));
    const doomed: string[] = [];
    for (let at = index; at < allocations; at += clients) {
      const name = `${prefix}-${at}`;
      await this.#create(client, name);
      const turn = Math.floor(at / clients);
      if ((turn + index) % 2 === 0) doomed.push(name);
      const patience = turn % 5;
      while (doomed.length > patience) await this.#delete(client, doomed.shift() ?? '');
    }
    for (const name of doomed) await this.#delete(client, name);
  }

  async #create(client: ClusterClient, name: string): Promise<void> {
    const { poolName } = this.#options;
    const manifest = {
      apiVersion: API_VERSION,
      kind: 'PortAllocation',
      metadata: { name, namespace: 'default' },
      spec: { poolName, ports: PORTS },
    };
    // The API server fills in what a manifest leaves out.
    const draft = manifest as unknown as Draft<PortAllocation>;
    await client.create(PortAllocations, draft, { signal: this.#hostport.signal });
    this.#left.add(name);
    this.#created++;
  }

  async #delete(client: ClusterClient, name: string): Promise<void> {
    await client.remove(PortAllocations, { namespace: 'default', name }, { signal: this.#hostport.signal });
    this.#left.delete(name);
    this.#deleted++;
  }
}
