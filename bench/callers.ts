import { Pods } from '../src/kube/index.ts';
import type { ClusterClient } from '../src/kube/index.ts';
import { connect } from './cluster.ts';
import type { Link } from './cluster.ts';

/** A link has so many connections; whoever wants more at once needs more links. */
const CONNECTIONS = 16;
/** Pods that are deleted at once. */
const DELETIONS = 32;

/** One call, and by whom. */
export interface Call {
  readonly client: ClusterClient;
  readonly signal: AbortSignal;
}

/** How long everything took, and each call. */
export interface Timing {
  readonly seconds: number;
  /** From each request to its answer, in milliseconds. */
  readonly latencies: readonly number[];
}

/** Callers of one API server, who all call at once, each one time after the other. */
export class Callers implements AsyncDisposable {
  readonly #links: readonly Link[];
  readonly #signal = new AbortController().signal;

  /** @param most as many as will ever call at once */
  constructor(kubeconfig: string, most: number) {
    this.#links = Array.from({ length: Math.ceil(most / CONNECTIONS) }, () => connect(kubeconfig));
  }

  /** Has `callers` of them call with what `next` gives, until it gives nothing; a call that fails ends all. */
  async call<T>(
    callers: number,
    next: () => T | undefined,
    call: (each: T, by: Call) => Promise<void>,
  ): Promise<Timing> {
    const latencies: number[] = [];
    const began = performance.now();
    const goOn = async (_: unknown, caller: number): Promise<void> => {
      const by = { client: this.#link(caller).client, signal: this.#signal };
      for (let each = next(); each !== undefined; each = next()) {
        const sent = performance.now();
        await call(each, by);
        latencies.push(performance.now() - sent);
      }
    };
    await Promise.all(Array.from({ length: callers }, goOn));
    return { seconds: (performance.now() - began) / 1000, latencies };
  }

  /** Deletes pods at once: nothing runs them. */
  async remove(namespace: string, names: readonly string[]): Promise<void> {
    const left = [...names];
    await this.call(
      DELETIONS,
      () => left.pop(),
      async (name, { client, signal }) => {
        await client.remove(Pods, { namespace, name }, { signal, gracePeriodSeconds: 0 });
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#links.map((link) => link[Symbol.asyncDispose]()));
  }

  #link(caller: number): Link {
    const link = this.#links[caller % this.#links.length];
    if (link === undefined) throw new Error('no caller was foreseen');
    return link;
  }
}
