import { seededRandom } from '../../../src/base/random.ts';
import type { Random } from '../../../src/base/random.ts';
import type { Result } from '../../../src/base/result.ts';
import { Domain, Stretches, claimsHeldBy, encodeCell, plan, release } from '../../../src/core/index.ts';
import type { Grant, Holder, PlanContext, Pool, PortRequest, PortsRequest, Refusal } from '../../../src/core/index.ts';

type Extra = Partial<
  Pick<PortsRequest, 'strategy' | 'start' | 'indifferent' | 'gone' | 'keepsRest' | 'poolsWith' | 'poolOf' | 'until'>
>;

/** Plans one request within a write. */
export type Planner = (
  holder: Holder,
  pool: Pool,
  ports: readonly PortRequest[],
  extra?: Extra,
) => Result<Grant, Refusal>;

/** One domain and its time: the counter at which the tests ask for numbers. Each call is a write of its own. */
export class Desk {
  readonly domain = new Domain();
  readonly random: Random;
  readonly stretches: Stretches;
  /** Seconds since the epoch. */
  now = 1_700_000_000;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
    this.stretches = new Stretches(this.random);
  }

  /** Plans and keeps what was planned. */
  ask(holder: Holder, pool: Pool, ports: readonly PortRequest[], extra: Extra = {}): Result<Grant, Refusal> {
    return this.write((planned) => planned(holder, pool, ports, extra));
  }

  /** As {@link ask}, for requests that must be met: the first number of each port. */
  numbers(holder: Holder, pool: Pool, ports: readonly PortRequest[], extra: Extra = {}): Record<string, number> {
    const asked = this.ask(holder, pool, ports, extra);
    if (!asked.ok) throw new Error(asked.error.message);
    return Object.fromEntries(asked.value.ports.map(({ name, number }) => [name, number]));
  }

  /** As {@link ask}, for requests that must be refused. */
  refusal(holder: Holder, pool: Pool, ports: readonly PortRequest[], extra: Extra = {}): Refusal {
    const asked = this.ask(holder, pool, ports, extra);
    if (asked.ok) throw new Error(`met with ${JSON.stringify(asked.value.ports)}`);
    return asked.error;
  }

  /** Releases everything that `holder` has; how many claims that were. */
  release(holder: Holder, cooldown = 0): number {
    return this.write(() =>
      release(this.domain, claimsHeldBy(this.domain, holder), this.now, { cooldownOf: () => cooldown }),
    );
  }

  /** Lets time pass. */
  wait(seconds: number): void {
    this.now += seconds;
    this.domain.expire(this.now);
  }

  /** Every number with what would be written down for it. */
  cells(): Record<number, string | undefined> {
    const numbers = new Set([...this.domain.claims()].map((claim) => claim.number));
    return Object.fromEntries([...numbers].map((number) => [number, encodeCell(this.domain.claimsOn(number))]));
  }

  /** Runs `work` in a transaction that is taken back. */
  dryRun<T>(work: (planned: Planner) => T): T {
    this.domain.begin();
    try {
      return work(this.#planner());
    } finally {
      this.domain.rollback();
    }
  }

  /** Runs `work` in a transaction that is kept. */
  write<T>(work: (planned: Planner) => T): T {
    this.domain.expire(this.now);
    this.domain.begin();
    const outcome = work(this.#planner());
    this.domain.commit();
    return outcome;
  }

  /** Plans for one write: its requests keep each other company. */
  #planner(): Planner {
    const { now, random, stretches } = this;
    const context: PlanContext = { now, random, roundStates: new Map(), stretches };
    stretches.beginWrite();
    return (holder, pool, ports, extra = {}) => {
      const request: PortsRequest = { holder, pool, ports, gone: new Set(), poolsWith: () => [], ...extra };
      return plan(this.domain, request, context);
    };
  }
}
