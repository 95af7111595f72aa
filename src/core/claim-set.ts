import { Cells } from './cells.ts';
import type { Claim } from './claim.ts';

const NOTHING: readonly Claim[] = [];

/** Claims of one holder, by number and by port: a holder may have tens of thousands. */
export class ClaimSet {
  readonly claims: readonly Claim[];
  readonly #byNumber = new Cells();
  readonly #byPort: ReadonlyMap<string, readonly Claim[]>;

  constructor(claims: readonly Claim[]) {
    this.claims = claims;
    for (const claim of claims) this.#byNumber.set(claim.number, [...this.#byNumber.get(claim.number), claim]);
    this.#byPort = grouped(claims, (claim) => claim.port);
  }

  get isEmpty(): boolean {
    return this.claims.length === 0;
  }

  on(number: number): readonly Claim[] {
    return this.#byNumber.get(number);
  }

  of(port: string): readonly Claim[] {
    return this.#byPort.get(port) ?? NOTHING;
  }
}

function grouped<K>(claims: readonly Claim[], keyOf: (claim: Claim) => K): ReadonlyMap<K, readonly Claim[]> {
  const groups = new Map<K, Claim[]>();
  for (const claim of claims) {
    const key = keyOf(claim);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [claim]);
    else group.push(claim);
  }
  return groups;
}
