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
import { Callers } from '../callers.ts';
import { NAMESPACE } from './workload.ts';

const NODES = 20;
const PATIENCE_MS = 180_000;
/** More than the controllers of Kubernetes send in a second. */
const UNTHROTTLED = 100_000;
/** As many creates as are ever on their way at once. */
const CALLERS = 64;

/** A cluster with Kubernetes' controllers, its scheduler, kubelets that kwok plays, and two managers of Hostport. */
export class Site {
  readonly hostport: RunningHostport;
  readonly callers: Callers;
  readonly #pods: ResourceCache<Pod>;

  private constructor(hostport: RunningHostport, callers: Callers, pods: ResourceCache<Pod>) {
    this.hostport = hostport;
    this.callers = callers;
    this.#pods = pods;
  }

  /** `owned` ends it. */
  static async open(owned: AsyncDisposableStack): Promise<Site> {
    const plane = owned.use(await startControlPlane({ nodes: NODES, qps: UNTHROTTLED, burst: UNTHROTTLED }));
    const hostport = owned.use(await startHostport({ plane, managers: 2, record: false }));
    await hostport.objects.editPool('default', { cooldown: '0s', maxPortsPerNamespace: 10_000 });
    const { client, signal } = hostport;
    await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
    const pods = owned.use(
      new ResourceCache({ client, type: Pods, namespace: NAMESPACE, clock, random, logger, trim: withPhaseAlone }),
    );
    pods.start();
    await pods.whenSynced(signal);
    return new Site(hostport, owned.use(new Callers(plane.kubeconfig, CALLERS)), pods);
  }

  /** Resolves when `wanted` pods run, and there are no others. */
  async untilRunning(wanted: number): Promise<void> {
    await this.#until(() => {
      const all = this.#pods.list();
      return all.length === wanted && all.every(({ status }) => status?.phase === 'Running');
    }, `${wanted} pods run`);
  }

  /** Resolves when each of `wanted` pods has its record. */
  async untilRecorded(wanted: number): Promise<void> {
    const path = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/portallocations`;
    const { client, signal, eventually } = this.hostport;
    const count = async (): Promise<number> =>
      (JSON.parse(await client.raw(path, { signal })) as { readonly items: readonly unknown[] }).items.length;
    await eventually(count, (there) => there === wanted, `${wanted} records are there`, PATIENCE_MS);
  }

  /** Resolves when there are no pods. */
  async untilGone(): Promise<void> {
    await this.#until(() => this.#pods.size === 0, 'all pods are gone');
  }

  /** Resolves when no number is held, and no record is left. */
  async settle(): Promise<void> {
    const { hostport } = this;
    const held = async (): Promise<number> => (await hostport.holders()).length;
    await hostport.eventually(held, (count) => count === 0, 'no number is held', PATIENCE_MS);
    const records = async (): Promise<string> => (await hostport.kubectl(['get', 'pa', '-n', NAMESPACE])).stdout;
    await hostport.eventually(records, (text) => text === '', 'there are no records', PATIENCE_MS);
  }

  /** The share of the ledger's writes so far that were stale, and all of them, over both managers. */
  async writes(): Promise<{ readonly stale: number; readonly all: number }> {
    let [stale, all] = [0, 0];
    for (const manager of this.hostport.managers) {
      const { body } = await manager.get('/metrics');
      for (const [, result, count] of body.matchAll(/^hostport_ledger_writes_total\{result="(\w+)"\} (\d+)/gm)) {
        all += Number(count);
        if (result === 'stale') stale += Number(count);
      }
    }
    return { stale, all };
  }

  /** By what a watch tells: asking again and again would cost whoever takes longer more. */
  async #until(isSo: () => boolean, what: string): Promise<void> {
    const reached = Promise.withResolvers<undefined>();
    let isLooking = false;
    const look = (): void => {
      isLooking = false;
      if (isSo()) reached.resolve(undefined);
    };
    using _ = this.#pods.subscribe(() => {
      // Many changes come at once.
      if (!isLooking) setTimeout(look, 5);
      isLooking = true;
    });
    look();
    const limit = setTimeout(() => {
      reached.reject(new Error(`${what}: not within ${PATIENCE_MS / 1000} s; there are ${this.#pods.size} pods`));
    }, PATIENCE_MS);
    await reached.promise.finally(() => clearTimeout(limit));
    invariant(isSo(), 'what a watch told is so');
  }
}

function withPhaseAlone({ apiVersion, kind, metadata, status }: Pod): Pod {
  const { namespace = '', name, uid, resourceVersion, creationTimestamp } = metadata;
  const kept = { namespace, name, uid, resourceVersion, creationTimestamp };
  const phase = status?.phase === undefined ? {} : { phase: status.phase };
  return { apiVersion, kind, metadata: kept, spec: { containers: [] }, status: phase };
}
