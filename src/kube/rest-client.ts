import { CancelledError } from '../base/cancellation.ts';
import { invariant } from '../base/result.ts';
import { Caller } from './caller.ts';
import type { Call, ClusterClientOptions } from './caller.ts';
import type {
  Answer,
  CallOptions,
  ClusterClient,
  ListOptions,
  ObjectList,
  Patch,
  RemoveOptions,
  SubresourceRequest,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts';
import { errorOfNetwork, isApiError } from './errors.ts';
import { allPages } from './pages.ts';
import { apiVersionOf } from './resource.ts';
import type { Draft, KubeObject, ObjectKey, ResourceType } from './resource.ts';
import { nameOf } from './transport.ts';
import type { Exchange } from './transport.ts';
import { queryOf, resourcePath, selectionQuery, writeQuery } from './url.ts';
import { filledIn, linesOf, readFrame } from './watch-stream.ts';

/** A client for the API server behind `connection`. The caller disposes the connection. */
export function createClusterClient(options: ClusterClientOptions): ClusterClient {
  return new RestClient(options);
}

const partialObject = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const patchTypes: Readonly<Record<Patch['type'], string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** Without a resource version the list contains every write that was acknowledged before. */
const streamedList = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } as const;

class RestClient implements ClusterClient {
  readonly #caller: Caller;

  constructor(options: ClusterClientOptions) {
    this.#caller = new Caller(options);
  }

  async get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options: CallOptions): Promise<T> {
    const call: Call = { verb: 'get', resource: type.plural, method: 'GET', path: resourcePath(type, key) };
    return filledIn(await this.#caller.json<T>(call, options), type);
  }

  async find<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: CallOptions,
  ): Promise<T | undefined> {
    try {
      return await this.get(type, key, options);
    } catch (error) {
      if (isApiError(error, 'notFound')) return undefined;
      throw error;
    }
  }

  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions<T>): Promise<ObjectList<T>> {
    const path = resourcePath(type, { namespace: options.namespace });
    return allPages(type, options, (query) =>
      this.#caller.json({ verb: 'list', resource: type.plural, method: 'GET', path: path + query }, options),
    );
  }

  create<T extends KubeObject, const O extends WriteOptions>(type: ResourceType<T>, object: Draft<T>, options: O) {
    const { namespace } = object.metadata;
    invariant(!type.namespaced || namespace, `a new ${type.kind} needs a namespace`);
    const path = resourcePath(type, { namespace });
    return this.#write(type, { verb: 'create', method: 'POST', path, body: bodyOf(type, object) }, options);
  }

  replace<T extends KubeObject, const O extends WriteOptions>(type: ResourceType<T>, object: Draft<T>, options: O) {
    const { namespace, name, resourceVersion } = object.metadata;
    invariant(name, `a ${type.kind} without a name can't be replaced`);
    insistOnVersion(resourceVersion, `${type.kind} ${name}`);
    const path = resourcePath(type, { namespace, name, subresource: options.subresource });
    return this.#write(type, { verb: 'update', method: 'PUT', path, body: bodyOf(type, object) }, options);
  }

  patch<T extends KubeObject, const O extends WriteOptions>(type: ResourceType<T>, key: ObjectKey, change: Patch & O) {
    if (change.type === 'merge' && change.conditional) {
      const { metadata } = change.body as Partial<Draft<KubeObject>>;
      insistOnVersion(metadata?.resourceVersion, `${type.kind} ${key.name}`);
    }
    const path = resourcePath(type, { ...key, subresource: change.subresource });
    const body = change.type === 'apply' ? bodyOf(type, change.body) : JSON.stringify(change.body);
    const headers = { 'content-type': patchTypes[change.type] };
    const force = change.type === 'apply' ? change.force : undefined;
    return this.#write(type, { verb: 'patch', method: 'PATCH', path, body, headers }, change, force);
  }

  async remove(type: ResourceType, key: ObjectKey, options: RemoveOptions): Promise<void> {
    const { propagationPolicy, preconditions, gracePeriodSeconds } = options;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions, gracePeriodSeconds };
    const path = resourcePath(type, key);
    const headers = { 'content-type': 'application/json', accept: partialObject };
    const call = { verb: 'delete', method: 'DELETE', path, headers, body: JSON.stringify(body) } as const;
    await this.#caller.text({ ...call, resource: type.plural }, options);
  }

  async *watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const query = queryOf({
      ...selectionQuery(options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      ...(options.resourceVersion === undefined ? streamedList : { resourceVersion: options.resourceVersion }),
      timeoutSeconds: String(options.timeoutSeconds ?? 300),
    });
    const path = resourcePath(type, { namespace: options.namespace }) + query;
    const exchange: Exchange = { method: 'GET', path, signal: options.signal, timeoutMs: 30_000 };
    const verb = options.resourceVersion === undefined ? 'watchlist' : 'watch';
    const stream = await this.#caller.open({ verb, resource: type.plural }, exchange, options.silenceMs ?? 100_000);
    const close = (): void => stream.close();
    options.signal.addEventListener('abort', close, { once: true });
    try {
      options.onOpen?.();
      for await (const line of linesOf(stream.body)) {
        const event = line === '' ? undefined : readFrame(line, type, nameOf(exchange));
        if (event) yield event;
      }
    } catch (error) {
      if (options.signal.aborted) throw new CancelledError(options.signal.reason);
      throw isApiError(error) ? error : errorOfNetwork(error, nameOf(exchange));
    } finally {
      options.signal.removeEventListener('abort', close);
      stream.close();
    }
  }

  raw(path: string, options: CallOptions): Promise<string> {
    return this.#caller.text({ verb: 'get', resource: path, method: 'GET', path, headers: { accept: '*/*' } }, options);
  }

  createSubresource(type: ResourceType, key: ObjectKey, request: SubresourceRequest) {
    const path = resourcePath(type, { ...key, subresource: request.subresource });
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(request.body);
    const resource = `${type.plural}/${request.subresource}`;
    return this.#caller.json<Readonly<Record<string, unknown>>>(
      { verb: 'create', resource, method: 'POST', path, headers, body },
      request,
    );
  }

  async #write<T extends KubeObject, const O extends WriteOptions>(
    type: ResourceType<T>,
    call: Omit<Call, 'resource'>,
    options: O,
    force?: boolean,
  ): Promise<Answer<T, O>> {
    const headers = {
      'content-type': 'application/json',
      ...call.headers,
      ...(options.metadataOnly ? { accept: partialObject } : {}),
    };
    const path = call.path + writeQuery(options, force);
    const answer = await this.#caller.json<T>({ ...call, path, headers, resource: type.plural }, options);
    const ownKind = { apiVersion: apiVersionOf(type), kind: type.kind };
    return options.metadataOnly ? { ...answer, ...ownKind } : filledIn(answer, type);
  }
}

function bodyOf(type: ResourceType, object: object): string {
  return JSON.stringify({ ...object, apiVersion: apiVersionOf(type), kind: type.kind });
}

/** For the API server a write without a version, or with "0", means "whatever is stored". */
function insistOnVersion(resourceVersion: string | undefined, what: string): void {
  invariant(resourceVersion && resourceVersion !== '0', `a conditional write of ${what} needs a resourceVersion`);
}
