import { familyOf } from './address.ts';
import type { Address } from './address.ts';
import type { Claim } from './claim.ts';

const NOWHERE: readonly Address[] = [];
const NOBODY: ReadonlySet<number> = new Set();

/** On which numbers there are claims at a single address, wildcards left out. */
export class NumbersByAddress {
  readonly #numbers = new Map<Address, Set<number>>();
  readonly #addresses = new Map<number, readonly Address[]>();

  at(address: Address): Iterable<number> {
    return this.#numbers.get(address) ?? NOBODY;
  }

  /** To be told whenever the claims on `number` changed. */
  refresh(number: number, claims: readonly Claim[]): void {
    const before = this.#addresses.get(number) ?? NOWHERE;
    const after = claims.map(({ address }) => address).filter((address) => familyOf(address) !== undefined);
    if (before.length === 0 && after.length === 0) return;
    for (const address of before) {
      const numbers = this.#numbers.get(address);
      numbers?.delete(number);
      if (numbers?.size === 0) this.#numbers.delete(address);
    }
    for (const address of after) {
      const numbers = this.#numbers.get(address);
      if (numbers === undefined) this.#numbers.set(address, new Set([number]));
      else numbers.add(number);
    }
    if (after.length === 0) this.#addresses.delete(number);
    else this.#addresses.set(number, after);
  }
}
