import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION } from '../../src/api/index.ts';
import { invariant } from '../../src/base/result.ts';
import { Namespaces, Pods } from '../../src/kube/index.ts';
import type { Pod } from '../../src/kube/index.ts';
import { startControlPlane } from '../../test/support/control-plane/control-plane.ts';
import { startHostport } from '../../test/support/hostport/hostport.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { UNTHROTTLED } from '../cluster.ts';
import { PodWatch } from '../pod-watch.ts';
import { profiled } from '../profile.ts';
import { between, countRequests, writesIn } from '../requests.ts';
import type { Requests } from '../requests.ts';
import type { Workload } from './workloads.ts';

const PATIENCE_MS = 120_000;
/** Nothing more comes when nothing was written for so long. */
const QUIET_MS = 2_000;
const NAMESPACE = 'roles';

/** A cluster with Kubernetes' controllers and two managers of Hostport; nothing binds or runs the pods. */
export class Site {
  readonly hostport: RunningHostport;

  readonly #pods: PodWatch;

  private constructor(hostport: RunningHostport, pods: PodWatch) {
    this.hostport = hostport;
    this.#pods = pods;
  }

  /** `owned` ends it. */
  static async open(owned: AsyncDisposableStack): Promise<Site> {
    const plane = owned.use(await startControlPlane({ scheduler: false, kwok: false, ...UNTHROTTLED }));
    const hostport = owned.use(await startHostport({ plane, managers: 2, record: false, env: profiled('roles') }));
    await hostport.objects.editPool('default', { cooldown: '0s', maxPortsPerNamespace: 10_000 });
    const { client, signal } = hostport;
    await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
    return new Site(hostport, await PodWatch.open(owned, client, NAMESPACE));
  }

  get namespace(): string {
    return NAMESPACE;
  }

  /** Creates `workloads`; the seconds until `pods` pods are there. */
  async create(workloads: readonly Workload[], pods: number): Promise<number> {
    const { client, signal } = this.hostport;
    const began = performance.now();
    await Promise.all(workloads.map(({ type, draft }) => client.create(type, draft, { signal })));
    await this.#pods.untilThere(pods);
    return (performance.now() - began) / 1000;
  }

  /** Resolves when everything that was created is gone, and every number free. */
  async remove(workloads: readonly Workload[]): Promise<void> {
    const { client, signal, eventually } = this.hostport;
    for (const { type, draft } of workloads) {
      const key = { namespace: NAMESPACE, name: draft.metadata.name ?? '' };
      await client.remove(type, key, { propagationPolicy: 'Background', signal });
    }
    await this.#pods.untilGone();
    await this.#untilNone('apps/v1', 'statefulsets');
    await this.#untilNone(API_VERSION, 'roleinstances');
    await this.#untilNone(API_VERSION, 'portallocations');
    const held = async (): Promise<number> => (await this.hostport.holders()).length;
    await eventually(held, (count) => count === 0, 'no number is held', PATIENCE_MS);
  }

  /** Resolves when the set and all instances have said that they are complete. */
  async untilTold(): Promise<void> {
    const { client, signal, eventually } = this.hostport;
    const path = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/roleinstancesets`;
    const read = async (): Promise<string> => await client.raw(path, { signal });
    await eventually(read, (text) => text.includes('"reason":"Complete"'), 'the set is complete', PATIENCE_MS);
  }

  /** Resolves when nothing was written for a while but Leases. @returns what was asked until then */
  async untilQuiet(): Promise<Requests> {
    let seen = await countRequests(this.hostport.client);
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      await sleep(QUIET_MS);
      const now = await countRequests(this.hostport.client);
      const written = new Map([...between(seen, now)].filter(([what]) => !what.endsWith(' leases')));
      if (writesIn(written) === 0) return seen;
      seen = now;
    }
    throw new Error(`something is written again and again, for ${PATIENCE_MS / 1000} s`);
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

  async #untilNone(version: string, plural: string): Promise<void> {
    const { client, signal, eventually } = this.hostport;
    const path = `/apis/${version}/namespaces/${NAMESPACE}/${plural}?limit=1`;
    const read = async (): Promise<number> => {
      const { items } = JSON.parse(await client.raw(path, { signal })) as { readonly items: readonly unknown[] };
      return items.length;
    };
    await eventually(read, (count) => count === 0, `there are no ${plural}`, PATIENCE_MS);
  }
}
