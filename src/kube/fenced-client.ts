import type { Fence } from '../base/fence.ts';
import type { ClusterClient } from './client.ts';

/**
 * A client like `client` that sends writes only while `fence` is open, and otherwise throws `FencedError`. Reads are
 * always sent.
 */
export function fencedClient(client: ClusterClient, fence: Fence): ClusterClient {
  return {
    get: (type, key, options) => client.get(type, key, options),
    find: (type, key, options) => client.find(type, key, options),
    list: (type, options) => client.list(type, options),
    watch: (type, options) => client.watch(type, options),
    raw: (path, options) => client.raw(path, options),
    create: (type, object, options) => client.create(type, object, { ...options, fence }),
    replace: (type, object, options) => client.replace(type, object, { ...options, fence }),
    patch: (type, key, change) => client.patch(type, key, { ...change, fence }),
    remove: (type, key, options) => client.remove(type, key, { ...options, fence }),
    createSubresource: (type, key, request) => client.createSubresource(type, key, { ...request, fence }),
  };
}
