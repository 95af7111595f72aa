import { invariant } from '../../base/result.ts';
import { Secrets } from '../../kube/index.ts';
import type { ClusterClient, Secret } from '../../kube/index.ts';
import { makeAuthority } from './authority.ts';
import { bundleIn, readCaState, writeCaState } from './ca-state.ts';
import type { CaState } from './ca-state.ts';
import { readPair } from './certificate.ts';
import type { Certificate, ReadPair } from './certificate.ts';
import { replacement, withNext } from './rotation.ts';
import type { RotationView } from './rotation.ts';

/** Where the Secret is, and what is put into it. */
export interface CaSecretOptions {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The life of new authorities in milliseconds. */
  readonly lifeMs: number;
}

/** What the Secret said; without a state, `fault` says what is wrong with it, and is absent where there is no Secret. */
export interface StoredState {
  readonly state?: CaState;
  readonly fault?: string;
}

/**
 * The Secret of the authority. Every write is one on the version that was read last: a `conflict` or `alreadyExists`
 * says that another replica wrote first, and then its state counts.
 */
export class CaSecret {
  readonly #options: CaSecretOptions;
  #last: Secret | undefined;

  constructor(options: CaSecretOptions) {
    this.#options = options;
  }

  /** Reads it; what is written next is written on this version. */
  async read(signal: AbortSignal): Promise<StoredState> {
    const { client, namespace, name } = this.#options;
    this.#last = await client.find(Secrets, { namespace, name }, { signal });
    if (!this.#last) return {};
    const read = readCaState(this.#last.data ?? {});
    return read.ok ? { state: read.value } : { fault: read.error };
  }

  /** Stores `state`. */
  async write(state: CaState, signal: AbortSignal): Promise<void> {
    const { client, namespace, name, labels } = this.#options;
    const data = writeCaState(state, this.#last?.data);
    if (this.#last) {
      await client.replace(Secrets, { ...this.#last, data }, { signal });
    } else {
      const metadata = { namespace, name, labels };
      await client.create(Secrets, { metadata, type: 'kubernetes.io/tls', data }, { signal });
    }
  }

  /** Puts a new authority beside the current one of `state`, which was read last. */
  async prepare(state: CaState, now: number, signal: AbortSignal): Promise<void> {
    await this.write(withNext(state, await this.#make(now)), signal);
  }

  /** Puts a new authority in the place of what was read last; what can be read of the old bundle stays known, and so does `trusted`. */
  async replace(trusted: Certificate | undefined, view: ReplacementView, signal: AbortSignal): Promise<void> {
    const known = [...bundleIn(this.#last?.data ?? {}), ...(trusted ? [trusted] : [])];
    await this.write(replacement(await this.#make(view.now), known, view), signal);
  }

  async #make(now: number): Promise<ReadPair> {
    const { name, lifeMs } = this.#options;
    const read = readPair(await makeAuthority(name, { now, lifeMs }));
    invariant(read.ok, 'an authority that was just made can be read');
    return read.value;
  }
}

type ReplacementView = Pick<RotationView, 'now' | 'graceMs' | 'leafLifeMs'>;
