import { Namespaces, Nodes, Pods } from '../../src/kube/index.ts';
import { Callers } from '../callers.ts';
import type { Call } from '../callers.ts';
import { tell } from '../progress.ts';
import { NAMESPACES, bystander, namespaceOf, nodeAt } from './bystander.ts';

/** How many there are. */
export interface Size {
  readonly pods: number;
  readonly nodes: number;
}

const CALLERS = 64;
const TELL_EVERY = 10_000;

/** Pods that ask for nothing, and the nodes that they are on. */
export class Crowd implements AsyncDisposable {
  readonly #callers: Callers;
  #size: Size = { pods: 0, nodes: 0 };

  constructor(kubeconfig: string) {
    this.#callers = new Callers(kubeconfig, CALLERS);
  }

  /** Creates as many as are missing. */
  async growTo(size: Size): Promise<void> {
    const options = { metadataOnly: true } as const;
    if (this.#size.pods === 0) {
      await this.#each(0, NAMESPACES, (at, { client, signal }) =>
        client.create(Namespaces, namespaceOf(at), { ...options, signal }),
      );
    }
    await this.#each(this.#size.nodes, size.nodes, (at, { client, signal }) =>
      client.create(Nodes, nodeAt(at), { ...options, signal }),
    );
    await this.#each(this.#size.pods, size.pods, (at, { client, signal }) => {
      if (at % TELL_EVERY === 0) tell(`crowd: ${at.toLocaleString('en-US')} pods`);
      return client.create(Pods, bystander(at, size.nodes), { ...options, signal });
    });
    this.#size = size;
  }

  async #each(from: number, to: number, create: (at: number, by: Call) => Promise<unknown>): Promise<void> {
    let at = from;
    await this.#callers.call(
      CALLERS,
      () => (at < to ? at++ : undefined),
      async (each, by) => {
        await create(each, by);
      },
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#callers[Symbol.asyncDispose]();
  }
}
