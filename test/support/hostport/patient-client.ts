import { isApiError } from '../../../src/kube/index.ts';
import type {
  Answer,
  CallOptions,
  ClusterClient,
  Draft,
  KubeObject,
  ListOptions,
  ObjectKey,
  Patch,
  RemoveOptions,
  ResourceType,
  SubresourceRequest,
  WatchOptions,
  WriteOptions,
} from '../../../src/kube/index.ts';
import { ATTEMPT_MS, patiently } from './patience.ts';

/**
 * A client for what tests themselves ask for, which a busy machine never fails: it tries again where the product's own
 * client must leave it to its caller, and understands what is then answered. Not repeated are writes that would do
 * something else the second time: of a resource version, of a generated name, JSON Patches, and subresources but `token`.
 */
export class PatientClient implements ClusterClient {
  readonly #client: ClusterClient;

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options: CallOptions): Promise<T> {
    return patiently(() => this.#client.get(type, key, patient(options)), options);
  }

  find<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options: CallOptions): Promise<T | undefined> {
    return patiently(() => this.#client.find(type, key, patient(options)), options);
  }

  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions<T>) {
    return patiently(() => this.#client.list(type, patient(options)), options);
  }

  create<T extends KubeObject, const O extends WriteOptions>(
    type: ResourceType<T>,
    object: Draft<T>,
    options: O,
  ): Promise<Answer<T, O>> {
    const { name, namespace } = object.metadata;
    const { signal } = options;
    const stored = async (error: unknown) =>
      name !== undefined && isApiError(error, 'alreadyExists')
        ? this.#client.get(type, { namespace, name }, patient(options))
        : undefined;
    return patiently(() => this.#client.create(type, object, patient(options)), {
      signal,
      wasDone: stored,
      mayRepeat: name !== undefined,
    });
  }

  replace<T extends KubeObject, const O extends WriteOptions>(
    type: ResourceType<T>,
    object: Draft<T>,
    options: O,
  ): Promise<Answer<T, O>> {
    const { signal } = options;
    return patiently(() => this.#client.replace(type, object, patient(options)), { signal, mayRepeat: false });
  }

  patch<T extends KubeObject, const O extends WriteOptions>(
    type: ResourceType<T>,
    key: ObjectKey,
    change: Patch & O,
  ): Promise<Answer<T, O>> {
    const { signal } = change;
    const mayRepeat = change.type === 'apply' || (change.type === 'merge' && change.conditional !== true);
    return patiently(() => this.#client.patch(type, key, patient(change)), { signal, mayRepeat });
  }

  async remove(type: ResourceType, key: ObjectKey, options: RemoveOptions): Promise<void> {
    const remove = async (): Promise<true> => {
      await this.#client.remove(type, key, patient(options));
      return true;
    };
    const isGone = (error: unknown): Promise<true | undefined> =>
      Promise.resolve(isApiError(error, 'notFound') ? true : undefined);
    await patiently(remove, { signal: options.signal, wasDone: isGone });
  }

  /** Tried once: whoever watches knows where to go on. */
  watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions) {
    return this.#client.watch(type, options);
  }

  raw(path: string, options: CallOptions): Promise<string> {
    return patiently(() => this.#client.raw(path, patient(options)), options);
  }

  createSubresource(type: ResourceType, key: ObjectKey, request: SubresourceRequest) {
    const { signal, subresource } = request;
    const mayRepeat = subresource === 'token';
    return patiently(() => this.#client.createSubresource(type, key, patient(request)), { signal, mayRepeat });
  }
}

/** With time for a busy machine, where the caller hasn't said how much it has. */
function patient<O extends CallOptions>(options: O): O {
  return { ...options, timeoutMs: options.timeoutMs ?? ATTEMPT_MS };
}
