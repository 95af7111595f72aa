import { annotations, API_VERSION, conditionTypes, PortAllocations, PortPools } from '../../../src/api/index.ts';
import type {
  GivenPort,
  PortAllocation,
  PortAllocationManifest,
  PortPool,
  PortPoolManifest,
} from '../../../src/api/index.ts';
import { Events, findCondition } from '../../../src/kube/index.ts';
import type { ClusterClient, Condition, Draft, KubeEvent, KubeObject, ResourceType } from '../../../src/kube/index.ts';
import type { Eventually } from './eventually.ts';

/** What a test asks for: the ports alone, or the whole spec. */
export type Wanted = PortAllocationManifest['spec'] | PortAllocationManifest['spec']['ports'];

/** Our objects in the cluster, as a user has them. Allocations are in namespace `default` unless it says otherwise. */
export class Objects {
  readonly #client: ClusterClient;
  readonly #eventually: Eventually;
  readonly #signal: AbortSignal;

  constructor(client: ClusterClient, eventually: Eventually, signal: AbortSignal) {
    this.#client = client;
    this.#eventually = eventually;
    this.#signal = signal;
  }

  async createPool(name: string, spec: PortPoolManifest['spec'], isDefault = false): Promise<PortPool> {
    const metadata = { name, ...(isDefault ? { annotations: { [annotations.isDefaultPool]: 'true' } } : {}) };
    return this.#create(PortPools, { apiVersion: API_VERSION, kind: 'PortPool', metadata, spec });
  }

  async createAllocation(name: string, wanted: Wanted, namespace = 'default'): Promise<PortAllocation> {
    const spec = 'ports' in wanted ? wanted : { ports: wanted };
    return this.#create(PortAllocations, {
      apiVersion: API_VERSION,
      kind: 'PortAllocation',
      metadata: { name, namespace },
      spec,
    });
  }

  /** A merge patch on the spec. */
  async editAllocation(name: string, spec: object, namespace = 'default'): Promise<void> {
    await this.#client.patch(
      PortAllocations,
      { namespace, name },
      { type: 'merge', body: { spec }, signal: this.#signal },
    );
  }

  async editPool(name: string, spec: object): Promise<void> {
    await this.#client.patch(PortPools, { name }, { type: 'merge', body: { spec }, signal: this.#signal });
  }

  /** Asks for the deletion, and doesn't wait for it. */
  async removeAllocation(name: string, namespace = 'default'): Promise<void> {
    await this.#client.remove(PortAllocations, { namespace, name }, { signal: this.#signal });
  }

  async removePool(name: string): Promise<void> {
    await this.#client.remove(PortPools, { name }, { signal: this.#signal });
  }

  findPool(name: string): Promise<PortPool | undefined> {
    return this.#client.find(PortPools, { name }, { signal: this.#signal });
  }

  findAllocation(name: string, namespace = 'default'): Promise<PortAllocation | undefined> {
    return this.#client.find(PortAllocations, { namespace, name }, { signal: this.#signal });
  }

  /** Those of one namespace, or all. */
  async allocations(namespace?: string): Promise<readonly PortAllocation[]> {
    return (await this.#client.list(PortAllocations, { namespace, signal: this.#signal })).items;
  }

  /** Events about one object, the oldest first. */
  async eventsOf(name: string, namespace = 'default'): Promise<readonly KubeEvent[]> {
    const fieldSelector = `involvedObject.name=${name}`;
    const { items } = await this.#client.list(Events, { namespace, fieldSelector, signal: this.#signal });
    return items.toSorted((left, right) => (left.firstTimestamp ?? '').localeCompare(right.firstTimestamp ?? ''));
  }

  /** Waits until the allocation, as it is written now, has all its numbers. */
  async given(name: string, namespace = 'default', timeoutMs?: number): Promise<readonly GivenPort[]> {
    const isGiven = (found: PortAllocation | undefined): boolean => judgement(found)?.status === 'True';
    const read = (): Promise<PortAllocation | undefined> => this.findAllocation(name, namespace);
    const found = await this.#eventually(read, isGiven, `${namespace}/${name} has its numbers`, timeoutMs);
    return found?.status?.ports ?? [];
  }

  /** Waits until the record is there. */
  async recorded(name: string, namespace = 'default', timeoutMs?: number): Promise<PortAllocation | undefined> {
    const read = (): Promise<PortAllocation | undefined> => this.findAllocation(name, namespace);
    const isRecorded = (found: PortAllocation | undefined): boolean => found?.spec.allocated === 'True';
    return this.#eventually(read, isRecorded, `record ${namespace}/${name} is there`, timeoutMs);
  }

  /** Waits until the allocation, as it is written now, is refused, and gives the condition. */
  async refused(
    name: string,
    reason: string,
    namespace = 'default',
    timeoutMs?: number,
  ): Promise<Condition | undefined> {
    const isRefused = (found: PortAllocation | undefined): boolean =>
      judgement(found)?.status === 'False' && judgement(found)?.reason === reason;
    const read = (): Promise<PortAllocation | undefined> => this.findAllocation(name, namespace);
    return judgement(
      await this.#eventually(read, isRefused, `${namespace}/${name} is refused by ${reason}`, timeoutMs),
    );
  }

  /** Waits until the allocation is gone. */
  async gone(name: string, namespace = 'default', timeoutMs?: number): Promise<void> {
    const read = (): Promise<PortAllocation | undefined> => this.findAllocation(name, namespace);
    await this.#eventually(read, (found) => found === undefined, `${namespace}/${name} is gone`, timeoutMs);
  }

  async #create<T extends KubeObject>(
    type: ResourceType<T>,
    manifest: PortPoolManifest | PortAllocationManifest,
  ): Promise<T> {
    // The API server fills in what a manifest leaves out.
    return this.#client.create(type, manifest as unknown as Draft<T>, { signal: this.#signal });
  }
}

/** What is said about the numbers of the allocation as it is written now; undefined while it is of an earlier spec. */
function judgement(found: PortAllocation | undefined): Condition | undefined {
  const condition = findCondition(found?.status?.conditions, conditionTypes.allocated);
  return condition?.observedGeneration === found?.metadata.generation ? condition : undefined;
}
