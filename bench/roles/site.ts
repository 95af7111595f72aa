import { API_VERSION } from '../../src/api/index.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import { silentLogger as logger } from '../../src/base/logger.ts';
import { systemRandom as random } from '../../src/base/random.ts';
import { invariant } from '../../src/base/result.ts';
import { Namespaces, Pods, ResourceCache } from '../../src/kube/index.ts';
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

  readonly #pods: ResourceCache<Pod>;

  private constructor(hostport: RunningHostport, pods: ResourceCache<Pod>) {
    this.hostport = hostport;
    this.#pods = pods;
  }

  /** `owned` ends it. */
  static async open(owned: AsyncDisposableStack, env: Readonly<Record<string, string>> = {}): Promise<Site> {
    const unthrottled = { qps: UNTHROTTLED, burst: UNTHROTTLED };
    const plane = owned.use(await startControlPlane({ scheduler: false, kwok: false, ...unthrottled }));
    const hostport = owned.use(await startHostport({ plane, managers: 2, record: false, env }));
    await hostport.objects.editPool('default', { cooldown: '0s', maxPortsPerNamespace: 10_000 });
    const { client, signal } = hostport;
    await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
    const pods = owned.use(
      new ResourceCache({ client, type: Pods, namespace: NAMESPACE, clock, random, logger, trim: withoutContent }),
    );
    pods.start();
    await pods.whenSynced(signal);
    return new Site(hostport, pods);
  }

  get namespace(): string {
    return NAMESPACE;
  }

  /** Creates `workloads`; the seconds until `pods` pods are there. */
  async create(workloads: readonly Workload[], pods: number): Promise<number> {
    const { client, signal } = this.hostport;
    const began = performance.now();
    await Promise.all(workloads.map(({ type, draft }) => client.create(type, draft, { signal })));
    await this.#untilPods(pods);
    return (performance.now() - began) / 1000;
  }

  /** Resolves when everything that was created is gone, and every number free. */
  async remove(workloads: readonly Workload[]): Promise<void> {
    const { client, signal, eventually } = this.hostport;
    for (const { type, draft } of workloads) {
      const key = { namespace: NAMESPACE, name: draft.metadata.name ?? '' };
      await client.remove(type, key, { propagationPolicy: 'Background', signal });
    }
    await this.#untilPods(0);
    await this.#untilNone('roleinstances');
    await this.#untilNone('portallocations');
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

  /** Counts what a watch tells: asking again and again would cost whoever takes longer more. */
  async #untilPods(wanted: number): Promise<void> {
    const reached = Promise.withResolvers<undefined>();
    const look = (): void => (this.#pods.size === wanted ? reached.resolve(undefined) : undefined);
    using _ = this.#pods.subscribe(look);
    look();
    const limit = setTimeout(() => {
      reached.reject(new Error(`${wanted} pods: not within ${PATIENCE_MS / 1000} s; there are ${this.#pods.size}`));
    }, PATIENCE_MS);
    await reached.promise.finally(() => clearTimeout(limit));
  }

  async #untilNone(plural: string): Promise<void> {
    const { client, signal, eventually } = this.hostport;
    const path = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/${plural}?limit=1`;
    const read = async (): Promise<number> => {
      const { items } = JSON.parse(await client.raw(path, { signal })) as { readonly items: readonly unknown[] };
      return items.length;
    };
    await eventually(read, (count) => count === 0, `there are no ${plural}`, PATIENCE_MS);
  }
}

function withoutContent({ apiVersion, kind, metadata }: Pod): Pod {
  const { namespace = '', name, uid, resourceVersion, creationTimestamp } = metadata;
  const kept = { namespace, name, uid, resourceVersion, creationTimestamp };
  return { apiVersion, kind, metadata: kept, spec: { containers: [] } };
}
