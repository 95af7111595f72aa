import { API_VERSION } from '../../src/api/index.ts';
import { invariant } from '../../src/base/result.ts';
import { Namespaces, Pods } from '../../src/kube/index.ts';
import type { Pod } from '../../src/kube/index.ts';
import { startControlPlane } from '../../test/support/control-plane/control-plane.ts';
import { startHostport } from '../../test/support/hostport/hostport.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import type { Workload } from './workloads.ts';

const PATIENCE_MS = 120_000;
/** More than the controllers of Kubernetes send in a second. */
const UNTHROTTLED = 100_000;
const NAMESPACE = 'roles';

/** A cluster with Kubernetes' controllers and two managers of Hostport; nothing binds or runs the pods. */
export class Site {
  readonly hostport: RunningHostport;

  private constructor(hostport: RunningHostport) {
    this.hostport = hostport;
  }

  /** `owned` ends it. */
  static async open(owned: AsyncDisposableStack, env: Readonly<Record<string, string>> = {}): Promise<Site> {
    const unthrottled = { qps: UNTHROTTLED, burst: UNTHROTTLED };
    const plane = owned.use(await startControlPlane({ scheduler: false, kwok: false, ...unthrottled }));
    const hostport = owned.use(await startHostport({ plane, managers: 2, record: false, env }));
    await hostport.objects.editPool('default', { cooldown: '0s' });
    const { client, signal } = hostport;
    await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
    return new Site(hostport);
  }

  get namespace(): string {
    return NAMESPACE;
  }

  /** Creates `workloads`; the seconds until `pods` pods are there. */
  async create(workloads: readonly Workload[], pods: number): Promise<number> {
    const { client, signal } = this.hostport;
    const began = performance.now();
    await Promise.all(workloads.map(({ type, draft }) => client.create(type, draft, { signal })));
    await this.#until('/api/v1', 'pods', pods);
    return (performance.now() - began) / 1000;
  }

  /** Resolves when everything that was created is gone, and every number free. */
  async remove(workloads: readonly Workload[]): Promise<void> {
    const { client, signal, eventually } = this.hostport;
    for (const { type, draft } of workloads) {
      const key = { namespace: NAMESPACE, name: draft.metadata.name ?? '' };
      await client.remove(type, key, { propagationPolicy: 'Background', signal });
    }
    await this.#until('/api/v1', 'pods', 0);
    await this.#until(`/apis/${API_VERSION}`, 'roleinstances', 0);
    await this.#until(`/apis/${API_VERSION}`, 'portallocations', 0);
    const held = async (): Promise<number> => (await this.hostport.holders()).length;
    await eventually(held, (count) => count === 0, 'no number is held', PATIENCE_MS);
  }

  /** The seconds until the set and all instances have said that they are complete. */
  async untilTold(): Promise<number> {
    const { client, signal, eventually } = this.hostport;
    const began = performance.now();
    const path = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/roleinstancesets`;
    const read = async (): Promise<string> => await client.raw(path, { signal });
    await eventually(read, (text) => text.includes('"reason":"Complete"'), 'the set is complete', PATIENCE_MS);
    return (performance.now() - began) / 1000;
  }

  /** Whatever is measured, no number is worth anything if two pods have it. @returns how many were given */
  async countNumbers(): Promise<number> {
    const { client, signal } = this.hostport;
    const { items } = await client.list<Pod>(Pods, { namespace: NAMESPACE, signal });
    const own = items.map((pod) => pod.metadata.annotations?.['example.com/grpc-port'] ?? '');
    invariant(!own.includes(''), 'a pod was made without its port');
    invariant(new Set(own).size === own.length, 'two pods were given one number');
    return own.length;
  }

  /** Counts without reading all: the API server says how many remain behind the first. */
  async #until(api: string, plural: string, wanted: number): Promise<void> {
    const { client, signal, eventually } = this.hostport;
    const path = `${api}/namespaces/${NAMESPACE}/${plural}?limit=1`;
    const read = async (): Promise<number> => {
      const { items, metadata } = JSON.parse(await client.raw(path, { signal })) as Counted;
      return items.length + (metadata.remainingItemCount ?? 0);
    };
    await eventually(read, (count) => count === wanted, `there are ${wanted} ${plural}`, PATIENCE_MS);
  }
}

interface Counted {
  readonly items: readonly unknown[];
  readonly metadata: { readonly remainingItemCount?: number };
}
