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

/** Where the Secret is, and what is put into it. */
export interface CaSecretOptions extends Omit<SharedSecretOptions, 'type'> {
  /** The life of new authorities in milliseconds. */
  readonly lifeMs: number;
}

/** What the Secret said; without a state, `fault` says what is wrong with it, and is absent where there is no Secret. */
export interface StoredState {
  readonly state?: CaState;
  readonly fault?: string;
}

/** The Secret of the authority. */
export class CaSecret {
  readonly #options: CaSecretOptions;
  readonly #secret: SharedSecret;

  constructor(options: CaSecretOptions) {
    this.#options = options;
    this.#secret = new SharedSecret({ ...options, type: 'kubernetes.io/tls' });
  }

  /** Reads it; what is written next is written on this version. */
  async read(signal: AbortSignal): Promise<StoredState> {
    const data = await this.#secret.read(signal);
    if (!data) return {};
    const read = readCaState(data);
    return read.ok ? { state: read.value } : { fault: read.error };
  }

  /** Stores `state`. */
  async write(state: CaState, signal: AbortSignal): Promise<void> {
    await this.#secret.write(writeCaState(state, this.#secret.data), signal);
  }

  /** Puts a new authority beside the current one of `state`, which was read last. */
  async prepare(state: CaState, now: number, signal: AbortSignal): Promise<void> {
    await this.write(withNext(state, await this.#make(now)), signal);
  }

  /** Puts a new authority in the place of what was read last; what can be read of the old bundle stays known, and so does `trusted`. */
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
