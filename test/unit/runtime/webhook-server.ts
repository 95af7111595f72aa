import { FencedError } from '../../../src/base/fence.ts';
import type { Fence } from '../../../src/base/fence.ts';
import { ApiError } from '../../../src/kube/index.ts';
import type {
  CallOptions,
  ClusterClient,
  JsonPatchStep,
  ObjectKey,
  ResourceType,
  Secret,
  WebhookClientConfig,
  WebhookConfiguration,
} from '../../../src/kube/index.ts';
import { WebhookPath } from '../../../src/runtime/index.ts';
import type { PathTimes } from '../../../src/runtime/index.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';

/** The path before the unguessable part of the only webhook. */
export const PLAIN = '/mutate/pods';
const WEBHOOK = 'pods.hostport.io';

interface AddressPatch {
  readonly body: readonly JsonPatchStep[];
  readonly fence?: Fence;
}

/** One Secret and one webhook configuration with one webhook, for what takes hours on a fake clock. */
export class WebhookServer {
  secret: Secret | undefined;
  configuration: WebhookConfiguration | undefined;
  /** While true, no request is answered. */
  isAway = false;
  /** While true, addresses can be read but not written. */
  isReadOnly = false;
  /** Called when the next address is about to be sent. */
  beforeSending: (() => void) | undefined;
  /** Every path that was ever written. */
  readonly written: string[] = [];
  #version = 1;

  /** Does what `hostport install` does. */
  install(clientConfig: WebhookClientConfig): void {
    const webhooks = [{ name: WEBHOOK, clientConfig, sideEffects: 'None', admissionReviewVersions: ['v1'] } as const];
    this.configuration = { ...this.#made('WebhookConfiguration', 'hooks'), webhooks };
  }

  /** The address at which the webhook is called. */
  get address(): WebhookClientConfig {
    return this.configuration?.webhooks?.[0]?.clientConfig ?? {};
  }

  /** The path at which the webhook is called; empty if there is none. */
  get path(): string {
    const { url, service } = this.address;
    return url === undefined ? (service?.path ?? '') : new URL(url).pathname.replace(/\/$/, '');
  }

  /** One of the Secret's texts. */
  text(key: string): string {
    return Buffer.from(this.secret?.data?.[key] ?? '', 'base64').toString();
  }

  /** Makes a replica, which isn't started. */
  replica(clock: FakeClock, times?: PathTimes): WebhookPath & { readonly log: RecordedLog } {
    const log = recordedLog();
    const path = new WebhookPath({
      client: this.#client,
      clock,
      logger: log.logger,
      namespace: 'default',
      secretName: 'path',
      webhooks: [{ kind: 'mutating', name: 'hooks' }],
      plainPaths: { [WEBHOOK]: PLAIN },
      ...(times === undefined ? {} : { times }),
    });
    return Object.assign(path, { log });
  }

  get #client(): ClusterClient {
    const calls = {
      find: async ({ kind }: ResourceType, _key: ObjectKey) => {
        this.#answer();
        return kind === 'Secret' ? this.secret : this.configuration;
      },
      list: async () => ({ items: [], resourceVersion: '1' }),
      // Reports nothing.
      watch: async function* (_type: ResourceType, { signal }: CallOptions) {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
      create: async (_type: ResourceType, object: Secret) => {
        this.#answer();
        if (this.secret) throw refusal('alreadyExists');
        this.secret = { ...object, ...this.#made('Secret', 'path') };
      },
      replace: async (_type: ResourceType, object: Secret) => {
        this.#answer();
        if (this.secret?.metadata.resourceVersion !== object.metadata.resourceVersion) throw refusal('conflict');
        this.secret = { ...object, ...this.#made('Secret', 'path') };
      },
      patch: async (_type: ResourceType, _key: ObjectKey, { body, fence }: AddressPatch) => {
        this.#answer();
        this.beforeSending?.();
        const closed = fence?.reason();
        if (closed !== undefined) throw new FencedError(closed);
        if (this.isReadOnly) throw refusal('unavailable');
        this.#patch(body);
      },
    };
    return calls as unknown as ClusterClient;
  }

  #answer(): void {
    if (this.isAway) throw refusal('unavailable');
  }

  #patch(body: readonly JsonPatchStep[]): void {
    for (const { path, value } of body) {
      if (path === '/metadata/resourceVersion') {
        if (value !== this.configuration?.metadata.resourceVersion) throw refusal('conflict');
      } else if (path.endsWith('/url')) this.install({ ...this.address, url: String(value) });
      else if (path.endsWith('/service/path')) {
        const { service } = this.address;
        if (service) this.install({ ...this.address, service: { ...service, path: String(value) } });
      } else throw new Error(`nobody should write ${path}`);
    }
    this.written.push(this.path);
  }

  #made(kind: string, name: string): { apiVersion: string; kind: string; metadata: Secret['metadata'] } {
    const resourceVersion = String(this.#version++);
    return { apiVersion: 'v1', kind, metadata: { name, uid: name, resourceVersion, creationTimestamp: '' } };
  }
}

function refusal(kind: 'alreadyExists' | 'conflict' | 'unavailable'): ApiError {
  return new ApiError({ kind, code: 409, reason: '', message: kind, request: 'a request' });
}
