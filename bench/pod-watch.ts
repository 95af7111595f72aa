import { systemClock as clock } from '../src/base/clock.ts';
import { silentLogger as logger } from '../src/base/logger.ts';
import { systemRandom as random } from '../src/base/random.ts';
import { invariant } from '../src/base/result.ts';
import { Pods, ResourceCache } from '../src/kube/index.ts';
import type { ClusterClient, Pod } from '../src/kube/index.ts';

const PATIENCE_MS = 180_000;
/** Many changes come at once, and are looked at together, in milliseconds. */
const TOGETHER_MS = 5;

/** The pods of a namespace, as a watch tells of them: asking again and again would cost whoever takes longer more. */
export class PodWatch {
  readonly #pods: ResourceCache<Pod>;

  private constructor(pods: ResourceCache<Pod>) {
    this.#pods = pods;
  }

  /** Begins to watch; `owned` ends it. */
  static async open(owned: AsyncDisposableStack, client: ClusterClient, namespace: string): Promise<PodWatch> {
    const pods = owned.use(
      new ResourceCache({ client, type: Pods, namespace, clock, random, logger, trim: withStateAlone }),
    );
    pods.start();
    await pods.whenSynced(new AbortController().signal);
    return new PodWatch(pods);
  }

  /** Resolves when there are `wanted` pods. */
  async untilThere(wanted: number): Promise<void> {
    await this.#until(() => this.#pods.size === wanted, `${wanted} pods are there`);
  }

  /** Resolves when `wanted` pods have a node, and there are no others. */
  async untilBound(wanted: number): Promise<void> {
    await this.#untilEach(wanted, ({ spec }) => spec.nodeName !== undefined, 'have a node');
  }

  /** Resolves when `wanted` pods run, and there are no others. */
  async untilRunning(wanted: number): Promise<void> {
    await this.#untilEach(wanted, ({ status }) => status?.phase === 'Running', 'run');
  }

  /** Resolves when there are no pods. */
  async untilGone(): Promise<void> {
    await this.untilThere(0);
  }

  async #untilEach(wanted: number, isSo: (pod: Pod) => boolean, what: string): Promise<void> {
    const areSo = (): boolean => this.#pods.size === wanted && this.#pods.list().every(isSo);
    await this.#until(areSo, `${wanted} pods ${what}`);
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const reached = Promise.withResolvers<undefined>();
    let isLooking = false;
    const look = (): void => {
      isLooking = false;
      if (isSo()) reached.resolve(undefined);
    };
    using _ = this.#pods.subscribe(() => {
      if (!isLooking) setTimeout(look, TOGETHER_MS);
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

function withStateAlone({ apiVersion, kind, metadata, spec, status }: Pod): Pod {
  const { namespace = '', name, uid, resourceVersion, creationTimestamp } = metadata;
  const kept = { namespace, name, uid, resourceVersion, creationTimestamp };
  const node = spec.nodeName === undefined ? {} : { nodeName: spec.nodeName };
  const phase = status?.phase === undefined ? {} : { phase: status.phase };
  return { apiVersion, kind, metadata: kept, spec: { containers: [], ...node }, status: phase };
}
