import { CancelledError } from '../../../src/base/cancellation.ts';
import { ApiError } from '../../../src/kube/index.ts';
import type { ApiErrorKind, CallOptions, ClusterClient, Lease, LeaseSpec } from '../../../src/kube/index.ts';
import type { FakeClock } from '../../support/fake-clock.ts';

/**
 * One Lease behind compare-and-swap, for what a real API server can't be made to do on a fake clock: be away, and be
 * silent until the caller's time is over. The election on a real Lease is tested with a real API server.
 */
export class LeaseServer {
  /**
   * `away` refuses at once. `silent` lets every call run into its time-out. `mute` does the same after it has stored a
   * write.
   */
  mode: 'well' | 'away' | 'silent' | 'mute' = 'well';
  lease: Lease | undefined;
  readonly #clock: FakeClock;
  #version = 1;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** The part of a client that the elector needs. */
  get client(): ClusterClient {
    const calls = {
      find: async (_type: unknown, _key: unknown, call: CallOptions) => {
        await this.#answer(call);
        return this.lease;
      },
      create: async (_type: unknown, object: Lease, call: CallOptions) => {
        await this.#answer(call);
        if (this.lease) throw failure('alreadyExists');
        return this.#store(object);
      },
      replace: async (_type: unknown, object: Lease, call: CallOptions) => {
        await this.#answer(call);
        if (!this.lease) throw failure('notFound');
        if (this.lease.metadata.resourceVersion !== object.metadata.resourceVersion) throw failure('conflict');
        const stored = this.#store(object);
        if (this.mode === 'mute') await this.#timeOut(call);
        return stored;
      },
    };
    return calls as unknown as ClusterClient;
  }

  get holder(): string | undefined {
    return this.lease?.spec?.holderIdentity;
  }

  /** Writes as another client, whatever is stored. */
  write(spec: LeaseSpec): void {
    this.#store({ ...this.lease, spec } as Lease);
  }

  #store(object: Lease): Lease {
    this.lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version++) } };
    return this.lease;
  }

  async #answer(call: CallOptions): Promise<void> {
    if (call.signal.aborted) throw new CancelledError(call.signal.reason);
    if (this.mode === 'away') throw failure('unavailable');
    if (this.mode === 'silent') await this.#timeOut(call);
  }

  #timeOut({ signal, timeoutMs = 15_000 }: CallOptions): Promise<never> {
    return new Promise((_, reject) => {
      const timer = this.#clock.schedule(timeoutMs, () => reject(failure('unavailable')));
      signal.addEventListener('abort', () => {
        timer[Symbol.dispose]();
        reject(new CancelledError(signal.reason));
      });
    });
  }
}

function failure(kind: ApiErrorKind): ApiError {
  return new ApiError({ kind, code: 0, reason: '', message: kind, request: 'lease' });
}
