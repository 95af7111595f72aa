import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { controllerHolder, ordinalHolder } from '../../../src/allocation/index.ts';
import type { Ask } from '../../../src/allocation/ask.ts';
import { allocation, tcp } from '../core/make.ts';
import { LIFE_S, Managers } from './managers.ts';
import type { TestManager } from './managers.ts';

const { signal } = new AbortController();
const FIRST = 20_032;
const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db-1' };
const app = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app', uid: 'app-1' };

/** Two ordinals of a set and a controller; the set and the controller are gone. */
const askers: readonly Ask[] = [
  { holder: ordinalHolder('arena', set, 0), surely: true, rest: 'doubted' },
  { holder: ordinalHolder('arena', set, 1), surely: true, rest: 'doubted' },
  { holder: controllerHolder('arena', app), surely: true, rest: 'kept' },
].map((each) => ({ ...each, poolName: 'games', ports: [tcp('p')] }) as Ask);

/** A pod to which a number was assigned. */
interface AnsweredPod {
  readonly by: string;
  readonly number: number;
  /** When it is stored at the latest, in seconds since the start. Before, only the manager that answered knows it. */
  readonly due: number;
  isStored: boolean;
}

type Step =
  | { readonly kind: 'ask'; readonly manager: number; readonly asker: number }
  /** A new allocation asks, and keeps its number. */
  | { readonly kind: 'take'; readonly manager: number }
  | { readonly kind: 'store' | 'end'; readonly pod: number }
  | { readonly kind: 'catchUp'; readonly manager: number }
  /** A sweep whose cache may lack pods (`isBlind`), while an asker asks another manager. */
  | { readonly kind: 'sweep'; readonly manager: number; readonly isBlind: boolean; readonly asker: number | undefined }
  | { readonly kind: 'pass'; readonly seconds: number };

const manager = fc.nat(2);
const asker = fc.nat(askers.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), manager, asker }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), manager }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('store' as const, 'end' as const), pod: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('catchUp' as const), manager }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('sweep' as const),
      manager,
      isBlind: fc.boolean(),
      asker: fc.option(asker, { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(5, 20, LIFE_S) }) },
);

/** A cluster with three managers. Any of them may be behind, and any may sweep. */
class Cluster implements AsyncDisposable {
  readonly #managers = new Managers(`${FIRST}-${FIRST + 5}`);
  readonly #mates: readonly TestManager[] = [0, 1, 2].map(() => this.#managers.add());
  #pods: AnsweredPod[] = [];
  #taken = 0;
  /** Asks another manager right after the look at the pods. */
  #meanwhile: (() => Promise<void>) | undefined;

  constructor() {
    this.#managers.lookAtPods = async (_where, numbers) => {
      const used = this.#pods.filter((pod) => pod.isStored && numbers.has(pod.number)).map((pod) => pod.number);
      await this.#meanwhile?.();
      return new Set(used);
    };
  }

  async take(each: Step): Promise<void> {
    this.#storeThoseDue();
    if (each.kind === 'pass') return this.#managers.pass(each.seconds);
    if ('pod' in each) return this.#toPod(each.kind, each.pod);
    const mate = this.#mates[each.manager];
    if (mate === undefined) return undefined;
    if (each.kind === 'catchUp') return mate.catchUp();
    if (each.kind === 'ask') return this.#ask(mate, each.asker);
    if (each.kind === 'sweep') return this.#sweep(each, mate);
    this.#taken++;
    const holder = allocation(`taker-${this.#taken}`);
    return this.#reserve(mate, { holder, poolName: 'games', ports: [tcp('p')] });
  }

  /** Numbers that are assigned to pods of two holders; pods of one holder share their numbers. */
  twice(): readonly number[] {
    const owners = new Map<number, string>();
    const found = new Set<number>();
    for (const { by, number } of this.#pods) {
      if ((owners.get(number) ?? by) !== by) found.add(number);
      owners.set(number, by);
    }
    return [...found];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#managers[Symbol.asyncDispose]();
  }

  get #now(): number {
    return this.#managers.clock.monotonic() / 1000;
  }

  async #sweep({ isBlind, asker: who }: Extract<Step, { kind: 'sweep' }>, mate: TestManager): Promise<void> {
    const others = this.#mates.filter((each) => each !== mate);
    this.#meanwhile = who === undefined ? undefined : () => this.#ask(others[0] ?? mate, who);
    const stored = isBlind ? [] : this.#pods.filter(({ isStored }) => isStored);
    await mate.sweep(...stored.map(({ number }) => `arena/${number}`));
    this.#meanwhile = undefined;
  }

  async #ask(mate: TestManager, who: number): Promise<void> {
    const ask = askers[who];
    if (ask !== undefined) await this.#reserve(mate, ask);
  }

  async #reserve(mate: TestManager, ask: Ask): Promise<void> {
    const answer = await mate.allocator.reserve(ask, signal);
    const number = answer.ok ? answer.value.ports[0]?.number : undefined;
    if (number === undefined) return;
    // An allocation is stored when it asks.
    const isStored = ask.holder.kind === 'PortAllocation';
    // The API server waits less long for the answer than a reservation lives. A sweep takes five seconds.
    this.#pods.push({ by: ask.holder.key, number, due: this.#now + LIFE_S - 10, isStored });
  }

  #toPod(kind: 'store' | 'end', at: number): void {
    const pod = this.#pods[at % Math.max(1, this.#pods.length)];
    if (pod === undefined || pod.by.startsWith('PortAllocation')) return;
    if (kind === 'store') pod.isStored = true;
    else if (pod.isStored) this.#pods = this.#pods.filter((each) => each !== pod);
  }

  #storeThoseDue(): void {
    for (const pod of this.#pods) if (pod.due <= this.#now) pod.isStored = true;
  }
}

test('a number that was assigned to a pod is assigned to no other while the pod may exist, whoever sweeps, asks or is behind', async () => {
  let given = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      await using cluster = new Cluster();
      for (const each of steps) {
        await cluster.take(each);
        expect(cluster.twice()).toEqual([]);
        given++;
      }
    }),
    { numRuns: 150 },
  );
  expect(given).toBeGreaterThan(1_000);
}, 120_000);
