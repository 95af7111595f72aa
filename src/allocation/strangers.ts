import type { Claim } from '../core/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import type { Observe } from './observations.ts';

/** By number: what of it strangers of one node listen on. */
export type StrangersOfNode = ReadonlyMap<number, readonly Claim[]>;

const NONE: StrangersOfNode = new Map();

/** By use (see {@link useOf}), then node. */
type Uses = Map<string, Map<string, Claim>>;

/**
 * Puts together what strangers of many nodes listen on in one domain, and has it observed: what is in use in one way on a
 * thousand nodes is in the way once. A change costs what changes of one node, however many others say the same.
 */
export class Strangers {
  readonly #key: DomainKey;
  readonly #observe: Observe;
  readonly #ofNodes = new Map<string, StrangersOfNode>();
  readonly #byNumber = new Map<number, Uses>();

  constructor(key: DomainKey, observe: Observe) {
    this.#key = key;
    this.#observe = observe;
  }

  /** The strangers on `number`: one for each node and use. */
  *on(number: number): Generator<readonly [node: string, Claim]> {
    for (const nodes of this.#byNumber.get(number)?.values() ?? []) yield* nodes;
  }

  /** Replaces what is known of `node`. */
  replace(node: string, after: StrangersOfNode): void {
    const before = this.#ofNodes.get(node) ?? NONE;
    if (after.size === 0) this.#ofNodes.delete(node);
    else this.#ofNodes.set(node, after);
    for (const number of new Set([...before.keys(), ...after.keys()])) {
      this.#update(node, number, before.get(number) ?? [], after.get(number) ?? []);
    }
  }

  #update(node: string, number: number, before: readonly Claim[], after: readonly Claim[]): void {
    const uses: Uses = this.#byNumber.get(number) ?? new Map<string, Map<string, Claim>>();
    const shown = representatives(uses);
    const kept = new Set(after.map(useOf));
    for (const use of before.map(useOf).filter((use) => !kept.has(use))) {
      uses.get(use)?.delete(node);
      if (uses.get(use)?.size === 0) uses.delete(use);
    }
    for (const claim of after) {
      const use = useOf(claim);
      const nodes = uses.get(use) ?? new Map<string, Claim>();
      uses.set(use, nodes);
      // The one that is there says the same.
      if (!nodes.has(node)) nodes.set(node, claim);
    }
    if (uses.size === 0) this.#byNumber.delete(number);
    else this.#byNumber.set(number, uses);
    const claims = representatives(uses);
    if (claims.length !== shown.length || claims.some((claim, at) => claim !== shown[at])) {
      this.#observe.observe(this.#key, number, claims);
    }
  }
}

/** One claim for each way in which a number is in use. */
function representatives(uses: Uses): readonly Claim[] {
  return [...uses.values()].flatMap((nodes) => {
    const [first] = nodes.values();
    return first ?? [];
  });
}

/** What is listened on, as text. */
export function useOf({ number, protocols, address }: Claim): string {
  return `${number} ${protocols} ${address}`;
}
