import { invariant } from '../../base/result.ts';
import { SharedSecret } from '../webhooks/index.ts';
import type { SharedSecretOptions } from '../webhooks/index.ts';
import { makeAuthority } from './authority.ts';
import { bundleIn, readCaState, writeCaState } from './ca-state.ts';
import type { CaState } from './ca-state.ts';
import { readPair } from './certificate.ts';
import type { Certificate, ReadPair } from './certificate.ts';
import { replacement, withNext } from './rotation.ts';
import type { RotationView } from './rotation.ts';

/** Where the Secret is, and what it gets when it is created. */
interface CaSecretOptions extends Omit<SharedSecretOptions, 'type'> {
  /** The life of new authorities in milliseconds. */
  readonly lifeMs: number;
}

/**
 * The content of the Secret. Without `state`, `fault` says what is wrong with the Secret; without both, there is no
 * Secret.
 */
interface StoredState {
  readonly state?: CaState;
  readonly fault?: string;
}

/** The Secret that stores the certificate authority. */
export class CaSecret {
  readonly #options: CaSecretOptions;
  readonly #secret: SharedSecret;

  constructor(options: CaSecretOptions) {
    this.#options = options;
    this.#secret = new SharedSecret({ ...options, type: 'kubernetes.io/tls' });
  }

  /** Reads the Secret. The next write is based on this version. */
  async read(signal: AbortSignal): Promise<StoredState> {
    const data = await this.#secret.read(signal);
    if (!data) return {};
    const read = readCaState(data);
    return read.ok ? { state: read.value } : { fault: read.error };
  }

  /** Writes `state` to the Secret. */
  async write(state: CaState, signal: AbortSignal): Promise<void> {
    await this.#secret.write(writeCaState(state, this.#secret.data), signal);
  }

  /** Adds a new authority beside the current one. `state` is what was read last. */
  async prepare(state: CaState, now: number, signal: AbortSignal): Promise<void> {
    await this.write(withNext(state, await this.#make(now)), signal);
  }

  /**
   * Replaces what was read last by a new authority. The readable certificates of the old bundle, and `trusted`, stay in
   * the bundle.
   */
  async replace(trusted: Certificate | undefined, view: ReplacementView, signal: AbortSignal): Promise<void> {
    const known = [...bundleIn(this.#secret.data ?? {}), ...(trusted ? [trusted] : [])];
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
