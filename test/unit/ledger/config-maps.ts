import { FencedError } from '../../../src/base/fence.ts';
import { ApiError } from '../../../src/kube/index.ts';
import type { ApiErrorKind, ClusterClient, ConfigMap, RemoveOptions, WriteOptions } from '../../../src/kube/index.ts';

/** ConfigMaps of one namespace in memory, with the API server's rules for conditional writes, and faults on demand. */
export class StoredConfigMaps {
  readonly objects = new Map<string, ConfigMap>();
  /** What the next writes come to, instead of being done. */
  readonly faults: ApiErrorKind[] = [];
  /** Called before the next write is looked at: somebody else comes first. */
  beforeNextWrite: (() => void) | undefined;
  /** When a write is answered. */
  readonly #answer: () => Promise<void>;
  /** Names of what was written, in order. */
  readonly writes: string[] = [];
  #version = 100;

  constructor(answer: () => Promise<void> = () => Promise.resolve()) {
    this.#answer = answer;
  }

  /** Only what a ledger calls. */
  get client(): ClusterClient {
    const client = {
      find: async (_type: unknown, { name }: { name: string }) => this.objects.get(name),
      create: async (_type: unknown, object: ConfigMap, call?: WriteOptions) =>
        this.#answered(this.#write(object, undefined, call)),
      replace: async (_type: unknown, object: ConfigMap, call?: WriteOptions) =>
        this.#answered(this.#write(object, object.metadata.resourceVersion, call)),
      remove: async (_type: unknown, { name }: { name: string }, { preconditions }: RemoveOptions) => {
        await this.#answer();
        this.#delete(name, preconditions?.resourceVersion);
      },
    };
    return client as unknown as ClusterClient;
  }

  /** Stores whatever it is, as somebody with `kubectl replace` would. */
  put(name: string, change: Partial<Omit<ConfigMap, 'metadata'>> & { metadata?: object }): ConfigMap {
    const metadata = { ...this.objects.get(name)?.metadata, name, ...change.metadata };
    const object = { ...this.objects.get(name), ...change, metadata: { ...metadata, resourceVersion: this.#next() } };
    this.objects.set(name, object as ConfigMap);
    return object as ConfigMap;
  }

  async #answered(stored: ConfigMap): Promise<ConfigMap> {
    await this.#answer();
    return stored;
  }

  #write(object: ConfigMap, version: string | undefined, call?: WriteOptions): ConfigMap {
    const before = this.beforeNextWrite;
    this.beforeNextWrite = undefined;
    before?.();
    const closed = call?.fence?.reason();
    if (closed !== undefined) throw new FencedError(closed);
    const { name } = object.metadata;
    const fault = this.faults.shift() ?? faultOf(this.objects.get(name), version);
    if (fault !== undefined) {
      throw new ApiError({ kind: fault, code: 400, reason: '', message: `no: ${fault}`, request: `WRITE ${name}` });
    }
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: this.#next() } };
    this.objects.set(name, stored);
    this.writes.push(name);
    return stored;
  }

  #delete(name: string, version: string | undefined): void {
    const before = this.beforeNextWrite;
    this.beforeNextWrite = undefined;
    before?.();
    const fault = this.faults.shift() ?? faultOf(this.objects.get(name), version ?? '');
    if (fault !== undefined) {
      throw new ApiError({ kind: fault, code: 400, reason: '', message: `no: ${fault}`, request: `DELETE ${name}` });
    }
    this.objects.delete(name);
  }

  #next(): string {
    return String(this.#version++);
  }
}

function faultOf(stored: ConfigMap | undefined, version: string | undefined): ApiErrorKind | undefined {
  if (version === undefined) return stored === undefined ? undefined : 'alreadyExists';
  if (stored === undefined) return 'notFound';
  return stored.metadata.resourceVersion === version ? undefined : 'conflict';
}
