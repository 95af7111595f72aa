import { Lifetime } from '../../../src/base/lifetime.ts';
import { Pods } from '../../../src/kube/index.ts';
import type { ResourceType } from '../../../src/kube/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { Stream } from '../../support/hostport/stream.ts';
import { PortAllocations, RoleInstanceSets, RoleInstances } from '../../../src/api/index.ts';

const TYPES = [RoleInstanceSets, RoleInstances, PortAllocations, Pods] as unknown as readonly ResourceType[];

/** Counts every version that is written of sets, instances, their records and pods in namespace `default`. */
export class Writes implements AsyncDisposable {
  readonly #lifetime = new Lifetime('writes');
  readonly #looks = new Set<() => void>();
  #count = 0;

  /** Resolves when nothing that is written from now on can escape it. */
  async start({ client }: RunningHostport): Promise<void> {
    for (const type of TYPES) {
      const stream = new Stream({ client, type, namespace: 'default', onVersion: () => this.#take() });
      await stream.list(this.#lifetime.signal);
      this.#lifetime.run(
        (signal) => stream.run(signal),
        // Whoever waits is told by the time that it takes.
        () => undefined,
      );
    }
  }

  /** Resolves as soon as `count` more have been seen. */
  after(count: number): Promise<void> {
    const due = this.#count + count;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#count < due) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }

  #take(): void {
    this.#count++;
    for (const look of this.#looks) look();
  }
}
