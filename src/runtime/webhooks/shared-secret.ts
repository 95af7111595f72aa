import { Secrets } from '../../kube/index.ts';
import type { ClusterClient, Secret } from '../../kube/index.ts';

/** Where a Secret is, and what it gets when it is created. */
export interface SharedSecretOptions {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly type: string;
}

/** A Secret's `data`: values in base64 by key. */
export type SecretData = Readonly<Record<string, string>>;

/**
 * A Secret that all replicas write. Every write is based on the version that was read last. A `conflict` or
 * `alreadyExists` says that another replica wrote first; then its data counts.
 */
export class SharedSecret {
  readonly #options: SharedSecretOptions;
  #last: Secret | undefined;

  constructor(options: SharedSecretOptions) {
    this.#options = options;
  }

  /** What was read last; undefined if there was no Secret. */
  get data(): SecretData | undefined {
    return this.#last && (this.#last.data ?? {});
  }

  /** Reads the Secret. The next write is based on this version. */
  async read(signal: AbortSignal): Promise<SecretData | undefined> {
    const { client, namespace, name } = this.#options;
    this.#last = await client.find(Secrets, { namespace, name }, { signal });
    return this.data;
  }

  /** Replaces all data of the Secret, or creates the Secret if there was none. */
  async write(data: SecretData, signal: AbortSignal): Promise<void> {
    const { client, namespace, name, labels, type } = this.#options;
    if (this.#last) await client.replace(Secrets, { ...this.#last, data }, { signal });
    else await client.create(Secrets, { metadata: { namespace, name, labels }, type, data }, { signal });
  }
}

/** The decoded text of one key; empty if it is missing. */
export function textIn(data: SecretData, key: string): string {
  return Buffer.from(data[key] ?? '', 'base64').toString();
}

/** `texts` encoded in base64. */
export function dataOf(texts: Readonly<Record<string, string>>): SecretData {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}
