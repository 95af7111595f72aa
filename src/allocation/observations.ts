import type { Claim } from '../core/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';

/** Where an observer notes who is seen on a number of a domain without a claim; each time all that it sees there. */
export type Observe = Pick<Ledger, 'observe'>;

/** What several observers see, put together: none of them takes back what another one says. */
export class Observations {
  readonly #ledger: Observe;
  readonly #observers: Map<string, readonly Claim[]>[] = [];

  constructor(ledger: Observe) {
    this.#ledger = ledger;
  }

  /** One more observer. What those before it see is told first. */
  observer(): Observe {
    const seen = new Map<string, readonly Claim[]>();
    this.#observers.push(seen);
    return {
      observe: (key: DomainKey, number: number, observed: readonly Claim[]) => {
        const place = `${key} ${number}`;
        if (observed.length === 0) seen.delete(place);
        else seen.set(place, observed);
        this.#ledger.observe(
          key,
          number,
          this.#observers.flatMap((each) => each.get(place) ?? []),
        );
      },
    };
  }
}
