import { KubeConfig } from '@kubernetes/client-node';
import base from '@dot-i/k8s-operator';
import type { ResourceEvent, ResourceMeta } from '@dot-i/k8s-operator';
import type { Logger } from '../base/logger.ts';
import { InvariantError } from '../base/result.ts';
import type { ClusterClient, Patch, WriteOptions } from './client.ts';
import { isApiError } from './errors.ts';
import type { KubeObject, ResourceType } from './resource.ts';
import { resourcePath } from './url.ts';

// The package is CommonJS: in an ES module its default export is one name among its exports.
const { default: Operator, ResourceEventType, ResourceMetaImpl } = base;

/** What one call passes through the base class. */
interface BoundMeta<T> extends ResourceMeta {
  readonly signal: AbortSignal;
  /** The object as the last write returned it. */
  current: T;
}

/** Releases what an object stands for, before the object is deleted. It may run again after a failure. */
type ReleaseAction<T> = (object: T, signal: AbortSignal) => Promise<void>;

/**
 * Adds finalizers to objects of one kind and removes them, by the rules of the operator base class. Every request goes
 * through `ClusterClient`, is based on the version that was read, and throws when it fails
 * (docs/adr/0003-operator-base-class.md).
 */
export class FinalizerOperator<T extends KubeObject> extends Operator {
  readonly #client: ClusterClient;
  readonly #type: ResourceType<T>;

  constructor(client: ClusterClient, type: ResourceType<T>, logger: Logger) {
    const shield = shieldFromKubeconfig();
    super(logger);
    shield[Symbol.dispose]();
    this.#client = client;
    this.#type = type;
  }

  /**
   * Adds `finalizer` to `object`, unless it has it or is being deleted (then the API server accepts no new finalizer).
   * Returns the object as it is now, which is the same one when nothing was written. Throws `conflict` when `object` is
   * out of date.
   */
  async ensureFinalizer(object: T, finalizer: string, signal: AbortSignal): Promise<T> {
    if (object.metadata.deletionTimestamp !== undefined) return object;
    const event = this.#eventOf(object, signal);
    await this.handleResourceFinalizer(event, finalizer, () => Promise.resolve());
    return event.meta.current;
  }

  /**
   * If `object` is being deleted and has `finalizer`, runs `release` and then removes the finalizer. When `release`
   * throws, the finalizer stays. Returns whether the object is being deleted, so that the caller has nothing more to
   * do.
   */
  async finalize(object: T, finalizer: string, release: ReleaseAction<T>, signal: AbortSignal): Promise<boolean> {
    if (object.metadata.deletionTimestamp === undefined) return false;
    return this.handleResourceFinalizer(this.#eventOf(object, signal), finalizer, () => release(object, signal));
  }

  protected override async init(): Promise<void> {
    // Does nothing: ResourceCache does the watching.
  }

  protected override async setResourceFinalizers(meta: BoundMeta<T>, finalizers: string[]): Promise<void> {
    const deleting = meta.current.metadata.deletionTimestamp !== undefined;
    try {
      await this.#write(meta, { metadata: { resourceVersion: meta.resourceVersion, finalizers } });
    } catch (error) {
      // The object no longer exists, so there is no finalizer to remove.
      if (!deleting || !isApiError(error, 'notFound')) throw error;
    }
  }

  protected override setResourceStatus(meta: BoundMeta<T>, status: unknown): Promise<ResourceMeta | null> {
    return this.patchResourceStatus(meta, status);
  }

  protected override async patchResourceStatus(meta: BoundMeta<T>, status: unknown): Promise<ResourceMeta | null> {
    const body = { metadata: { resourceVersion: meta.resourceVersion }, status };
    return this.#metaOf(await this.#write(meta, body, { subresource: 'status' }), meta.signal);
  }

  protected override getCustomResourceApiUri(
    _group: string,
    _version: string,
    _plural: string,
    namespace?: string,
  ): string {
    return resourcePath(this.#type, { namespace });
  }

  protected override watchResource(): Promise<void> {
    return refuse('watchResource', 'ResourceCache watches');
  }

  protected override registerCustomResourceDefinition(): Promise<never> {
    return refuse('registerCustomResourceDefinition', 'definitions are applied by server-side apply');
  }

  protected override applyAxiosKubeConfigAuth(): Promise<void> {
    return refuse('applyAxiosKubeConfigAuth', 'Connection authenticates');
  }

  protected override applyGaxiosKubeConfigAuth(): Promise<void> {
    return refuse('applyGaxiosKubeConfigAuth', 'Connection authenticates');
  }

  async #write(meta: BoundMeta<T>, body: object, to: Pick<WriteOptions, 'subresource'> = {}): Promise<T> {
    const change: Patch & WriteOptions = { type: 'merge', conditional: true, body, signal: meta.signal, ...to };
    meta.current = await this.#client.patch<T, WriteOptions>(this.#type, meta, change);
    return meta.current;
  }

  /** The base class modifies the object that it is given, even when the write fails. So it gets a copy. */
  #eventOf(object: T, signal: AbortSignal): ResourceEvent & { meta: BoundMeta<T> } {
    const copy = structuredClone(object) as unknown as ResourceEvent['object'];
    return { meta: this.#metaOf(object, signal), type: ResourceEventType.Modified, object: copy };
  }

  #metaOf(object: T, signal: AbortSignal): BoundMeta<T> {
    const meta = ResourceMetaImpl.createWithPlural(this.#type.plural, object as unknown as ResourceEvent['object']);
    return Object.assign(meta, { signal, current: object });
  }
}

function refuse(method: string, reason: string): Promise<never> {
  return Promise.reject(new InvariantError(`${method} isn't used here: ${reason}`));
}

/**
 * The constructor of the base class loads the default kubeconfig, and throws when that is missing or broken, although
 * the operator uses another one or needs none. Until the returned handle is disposed, loading gives a cluster that is
 * never called.
 */
function shieldFromKubeconfig(): Disposable {
  const { loadFromDefault: original } = Object.getOwnPropertyDescriptors(KubeConfig.prototype);
  KubeConfig.prototype.loadFromDefault = function (this: KubeConfig) {
    this.loadFromClusterAndUser(
      { name: 'unused', server: 'https://unused.invalid', skipTLSVerify: false },
      { name: 'unused' },
    );
  };
  return { [Symbol.dispose]: () => void Object.defineProperty(KubeConfig.prototype, 'loadFromDefault', original) };
}
