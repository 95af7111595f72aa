import type { Claim } from '../core/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';

/** Records the claims that an observer sees on a number of a domain. A call replaces those of its earlier call. */
export type Observe = Pick<Ledger, 'observe'>;

/** Combines the claims of several observers, so that none of them removes what another one observes. */
export class Observations {
  readonly #ledger: Observe;
  readonly #observers: Map<string, readonly Claim[]>[] = [];

  constructor(ledger: Observe) {
    this.#ledger = ledger;
  }

  /** One more observer. The claims of earlier observers come first. */
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
