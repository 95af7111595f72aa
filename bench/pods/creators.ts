import { podAnnotations } from '../../src/api/index.ts';
import { Pods } from '../../src/kube/index.ts';
import { connect } from '../cluster.ts';
import type { Link } from '../cluster.ts';
import { NAMESPACE, PORTS, draftOf } from './pod.ts';

/** A link has so many connections; whoever wants more at once needs more links. */
const CONNECTIONS = 16;
/** Pods that are deleted at once. */
const DELETIONS = 32;

/** What is to be created. */
export interface Load {
  /** Whether the pods ask for ports. */
  readonly asks: boolean;
  /** How many create at once, each one pod after the other. */
  readonly callers: number;
  /** How many pods, or for how long. */
  readonly until: { readonly pods: number } | { readonly seconds: number };
}

/** What came of it. */
export interface Outcome {
  readonly names: readonly string[];
  readonly seconds: number;
  /** From each request to its answer, in milliseconds. */
  readonly latencies: readonly number[];
  /** What the pods were told, two for each pod that was told anything. */
  readonly numbers: readonly string[];
}

/** Creates pods in one cluster, and deletes them. */
export class Creators implements AsyncDisposable {
  readonly #links: readonly Link[];
  readonly #signal = new AbortController().signal;

  /** @param callers as many as will ever create at once */
  constructor(kubeconfig: string, callers: number) {
    this.#links = Array.from({ length: Math.ceil(callers / CONNECTIONS) }, () => connect(kubeconfig));
  }

  /** One caller beside the other; a create that is refused ends all. */
  async create({ asks, callers, until }: Load): Promise<Outcome> {
    const names: string[] = [];
    const latencies: number[] = [];
    const numbers: string[] = [];
    const draft = draftOf(asks);
    const began = performance.now();
    let left = 'pods' in until ? until.pods : Infinity;
    const end = 'seconds' in until ? began + until.seconds * 1000 : Infinity;
    const call = async (_: unknown, caller: number): Promise<void> => {
      while (left-- > 0 && performance.now() < end) {
        const sent = performance.now();
        const options = { signal: this.#signal, metadataOnly: true, retryForMs: 0 } as const;
        const { metadata } = await this.#link(caller).client.create(Pods, draft, options);
        latencies.push(performance.now() - sent);
        names.push(metadata.name);
        const told = PORTS.map((port) => metadata.annotations?.[podAnnotations.allocatedPrefix + port]);
        numbers.push(...told.filter((number) => number !== undefined));
      }
    };
    await Promise.all(Array.from({ length: callers }, call));
    return { names, seconds: (performance.now() - began) / 1000, latencies, numbers };
  }

  /** Deletes pods at once: nothing runs them. */
  async remove(names: readonly string[]): Promise<void> {
    const left = [...names];
    const call = async (_: unknown, caller: number): Promise<void> => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) {
        const options = { signal: this.#signal, gracePeriodSeconds: 0 };
        await this.#link(caller).client.remove(Pods, { namespace: NAMESPACE, name }, options);
      }
    };
    await Promise.all(Array.from({ length: DELETIONS }, call));
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
