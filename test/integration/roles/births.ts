import { Lifetime } from '../../../src/base/lifetime.ts';
import { Pods } from '../../../src/kube/index.ts';
import type { ResourceType } from '../../../src/kube/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { Stream } from '../../support/hostport/stream.ts';

/** Every pod that there ever was in namespace `default`, those that are gone again included. */
export class Births implements AsyncDisposable {
  readonly #lifetime = new Lifetime('births');
  readonly #uids = new Map<string, Set<string>>();
  readonly #looks = new Set<() => void>();

  /** Resolves when no pod that is made from now on can escape it. */
  static async of({ client }: RunningHostport): Promise<Births> {
    const births = new Births();
    const type = Pods as unknown as ResourceType;
    const stream = new Stream({
      client,
      type,
      namespace: 'default',
      onVersion: ({ object: { metadata } }) => births.#take(metadata),
    });
    await stream.list(births.#lifetime.signal);
    births.#lifetime.run(
      (signal) => stream.run(signal),
      // Whoever waits is told by the time that it takes.
      () => undefined,
    );
    return births;
  }

  /** Resolves when `count` names have been used. */
  reached(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#uids.size < count) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  /** The names that more than one pod had. */
  madeTwice(): readonly string[] {
    return [...this.#uids].filter(([, uids]) => uids.size > 1).map(([name]) => name);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }

  #take({ name, uid }: { readonly name: string; readonly uid: string }): void {
    const uids = this.#uids.get(name) ?? new Set();
    this.#uids.set(name, uids.add(uid));
    for (const look of this.#looks) look();
  }
}
