import { systemClock as clock } from '../../../src/base/clock.ts';
import { isCancellation, pause } from '../../../src/base/cancellation.ts';
import { ApiError, compareVersions, isApiError, keyOf } from '../../../src/kube/index.ts';
import type { ClusterClient, KubeObject, ObjectList, ObjectMeta, ResourceType } from '../../../src/kube/index.ts';
import type { Version } from './judge.ts';

/** One kind of objects, in one namespace or in all. */
export interface Watched {
  readonly type: ResourceType;
  readonly namespace?: string;
}

/** What a stream is made of. */
export interface StreamOptions extends Watched {
  readonly client: ClusterClient;
  readonly onVersion: (version: Version) => void;
}

/** Before a watch that failed is opened again. */
const AGAIN_MS = 100;

/**
 * Every version of the objects of one kind, each told once. Not a cache, which may leave versions out: when the API
 * server has forgotten where to go on, this one lists again, and says that there is a gap if anything has changed.
 */
export class Stream {
  readonly gaps: string[] = [];
  readonly #options: StreamOptions;
  /** The last version of each object that is there. */
  readonly #present = new Map<string, KubeObject>();
  #revision = '';

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get plural(): string {
    return this.#options.type.plural;
  }

  /** What is stored now. */
  read(signal: AbortSignal): Promise<ObjectList<KubeObject>> {
    const { client, type, namespace } = this.#options;
    return client.list(type, { namespace, signal });
  }

  /** Takes in what is stored now, and gives the keys of what is not as it was when it was seen last. */
  async list(signal: AbortSignal): Promise<readonly string[]> {
    const { items, resourceVersion } = await this.read(signal);
    const keys = new Set(items.map((item) => keyOf(item)));
    const gone = [...this.#present.values()].filter((object) => !keys.has(keyOf(object)));
    const isNew = ({ metadata }: KubeObject, known?: KubeObject): boolean =>
      known?.metadata.resourceVersion !== metadata.resourceVersion;
    const changed = items.filter((item) => isNew(item, this.#present.get(keyOf(item))));
    for (const object of gone) this.#take('deleted', { ...object, metadata: { ...object.metadata, resourceVersion } });
    for (const item of changed) this.#take('applied', item);
    this.#revision = resourceVersion;
    return [...gone, ...changed].map((object) => keyOf(object));
  }

  /** Watches until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#watch(signal);
      } catch (error) {
        if (isCancellation(error, signal)) return;
        if (!(error instanceof ApiError)) throw error;
        if (isApiError(error, 'gone')) await this.#bridge(signal);
        else await pause(clock, AGAIN_MS, signal);
      }
    }
  }

  /** Objects whose state at `revision`, as `items` has it, wasn't seen yet. */
  missing(items: readonly KubeObject[], revision: string): readonly string[] {
    const listed = new Set(items.map((item) => keyOf(item)));
    const old = items.filter(({ metadata }) => this.#isOlder(metadata));
    const kept = [...this.#present.values()].filter(
      (object) => !listed.has(keyOf(object)) && compareVersions(object.metadata.resourceVersion, revision) <= 0,
    );
    return [...old, ...kept].map((object) => keyOf(object));
  }

  #isOlder({ namespace, name, resourceVersion }: ObjectMeta): boolean {
    if (compareVersions(this.#revision, resourceVersion) >= 0) return false;
    const known = this.#present.get(namespace === undefined ? name : `${namespace}/${name}`)?.metadata.resourceVersion;
    return known === undefined || compareVersions(known, resourceVersion) < 0;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, type, namespace } = this.#options;
    for await (const event of client.watch(type, { namespace, resourceVersion: this.#revision, signal })) {
      if (event.type !== 'BOOKMARK') this.#take(event.type === 'DELETED' ? 'deleted' : 'applied', event.object);
      this.#revision = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
    }
  }

  async #bridge(signal: AbortSignal): Promise<void> {
    const from = this.#revision;
    const changed = await this.list(signal);
    if (changed.length === 0) return;
    this.gaps.push(`${this.plural}: between revisions ${from} and ${this.#revision}: ${changed.join(', ')}`);
  }

  #take(change: Version['change'], object: KubeObject): void {
    const { managedFields: _, ...metadata } = object.metadata as ObjectMeta & { managedFields?: unknown };
    const bare = { ...object, metadata };
    if (change === 'deleted') this.#present.delete(keyOf(object));
    else this.#present.set(keyOf(object), bare);
    this.#options.onVersion({ revision: object.metadata.resourceVersion, change, object: bare });
  }
}
