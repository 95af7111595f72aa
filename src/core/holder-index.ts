import type { Claim } from './claim.ts';

const NOTHING: readonly Claim[] = [];

/** Up to so many claims, copying an array on each change is faster than a set. */
const FEW = 8;

type Claims = readonly Claim[] | Set<Claim>;

/**
 * The claims under each holder's name. Most holders have one or two: those are in arrays that are never changed, and
 * returned as they are. Many claims are in a set, because with an array the ten thousandth would cost as much as all
 * before it.
 */
export class HolderIndex {
  readonly #claims = new Map<string, Claims>();
  /** The last lookup: a caller that asks for a holder's claims usually changes them next. */
  #key = '';
  #found: Claims | undefined;

  /** Every claim under `key`, in no order. */
  of(key: string): readonly Claim[] {
    const found = this.#find(key);
    if (found === undefined) return NOTHING;
    return found instanceof Set ? [...found] : found;
  }

  /** The keys that have claims. */
  keys(): Iterable<string> {
    return this.#claims.keys();
  }

  add(claim: Claim): void {
    const { key } = claim.holder;
    const found = this.#find(key);
    if (found === undefined) this.#put(key, [claim]);
    else if (found instanceof Set) found.add(claim);
    else this.#put(key, found.length < FEW ? [...found, claim] : new Set([...found, claim]));
  }

  /** Deleting what isn't there is a no-op. */
  delete(claim: Claim): void {
    const { key } = claim.holder;
    const found = this.#find(key);
    if (found instanceof Set) {
      found.delete(claim);
      if (found.size === 0) this.#drop(key);
    } else if (found?.includes(claim) === true) {
      if (found.length === 1) this.#drop(key);
      else this.#put(key, found.toSpliced(found.indexOf(claim), 1));
    }
  }

  #find(key: string): Claims | undefined {
    if (key !== this.#key) {
      this.#found = this.#claims.get(key);
      this.#key = key;
    }
    return this.#found;
  }

  #put(key: string, claims: Claims): void {
    this.#claims.set(key, claims);
    this.#found = claims;
  }

  #drop(key: string): void {
    this.#claims.delete(key);
    this.#found = undefined;
  }
}
