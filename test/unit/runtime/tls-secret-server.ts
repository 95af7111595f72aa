import { ApiError } from '../../../src/kube/index.ts';
import type { CallOptions, ClusterClient, ResourceType, Secret } from '../../../src/kube/index.ts';

/**
 * One Secret and no webhook configuration, for what takes years on a fake clock. Replicas, races and `caBundle` are
 * tested with a real API server.
 */
export class SecretServer {
  secret: Secret | undefined;
  #version = 1;

  /** The part of a client that certificates need. */
  get client(): ClusterClient {
    const calls = {
      find: async (_type: ResourceType, _key: unknown) => this.secret,
      list: async () => ({ items: [], resourceVersion: '1' }),
      // Reports nothing.
      watch: async function* (_type: ResourceType, { signal }: CallOptions) {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
      create: async (_type: ResourceType, object: Secret) => this.#store(object),
      replace: async (_type: ResourceType, object: Secret) => {
        if (this.secret?.metadata.resourceVersion !== object.metadata.resourceVersion) throw conflict();
        return this.#store(object);
      },
    };
    return calls as unknown as ClusterClient;
  }

  /** One of the Secret's texts. */
  text(key: string): string {
    return Buffer.from(this.secret?.data?.[key] ?? '', 'base64').toString();
  }

  #store(object: Secret): Secret {
    this.secret = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version++) } };
    return this.secret;
  }
}

function conflict(): ApiError {
  return new ApiError({ kind: 'conflict', code: 409, reason: '', message: 'conflict', request: 'secret' });
}
