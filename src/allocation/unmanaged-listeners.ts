import type { Claim } from '../core/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import type { Observe } from './observations.ts';

/** The unmanaged listeners of one node, by number: processes that listen on a number that they don't hold. */
export type ListenersOfNode = ReadonlyMap<number, readonly Claim[]>;

const NONE: ListenersOfNode = new Map();

/** By use (see {@link useKeyOf}), then by node. */
type Uses = Map<string, Map<string, Claim>>;

/**
 * Combines the unmanaged listeners of many nodes in one domain and writes them as observed claims: a use of a number on
 * a thousand nodes blocks it once. The cost of a change grows with what changes on one node, however many others report
 * the same.
 */
export class UnmanagedListeners {
  readonly #key: DomainKey;
  readonly #observe: Observe;
  readonly #ofNodes = new Map<string, ListenersOfNode>();
  readonly #byNumber = new Map<number, Uses>();

  constructor(key: DomainKey, observe: Observe) {
    this.#key = key;
    this.#observe = observe;
  }

  /** The unmanaged listeners on `number`: one for each node and use. */
  *on(number: number): Generator<readonly [node: string, Claim]> {
    for (const nodes of this.#byNumber.get(number)?.values() ?? []) yield* nodes;
  }

  /** Replaces the listeners of `node`. */
  replace(node: string, after: ListenersOfNode): void {
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
    const kept = new Set(after.map(useKeyOf));
    for (const use of before.map(useKeyOf).filter((use) => !kept.has(use))) {
      uses.get(use)?.delete(node);
      if (uses.get(use)?.size === 0) uses.delete(use);
    }
    for (const claim of after) {
      const use = useKeyOf(claim);
      const nodes = uses.get(use) ?? new Map<string, Claim>();
      uses.set(use, nodes);
      // The claim that is there has the same content.
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

/** One claim for each way in which a number is used. */
function representatives(uses: Uses): readonly Claim[] {
  return [...uses.values()].flatMap((nodes) => {
    const [first] = nodes.values();
    return first ?? [];
  });
}

/** Number, protocols and address of a claim, as a key. */
export function useKeyOf({ number, protocols, address }: Claim): string {
  return `${number} ${protocols} ${address}`;
}

/** How many numbers of a `Cluster` pool a node may block by reporting listeners. */
export const MOST_BLOCKED = 64;

/**
 * Which of `numbers`, on which one node reports unmanaged listeners, block in the whole cluster: of each pool the
 * lowest {@link MOST_BLOCKED} (ADR 19). Numbers outside all pools block nothing.
 * @param poolsWith names of the `Cluster` pools that hand out a number
 * @returns the numbers that block, and the pools of which some don't
 */
export function believedIn(
  numbers: Iterable<number>,
  poolsWith: (number: number) => readonly string[],
): { readonly blocked: ReadonlySet<number>; readonly ignoredIn: ReadonlySet<string> } {
  const counts = new Map<string, number>();
  const blocked = new Set<number>();
  const ignoredIn = new Set<string>();
  for (const number of [...numbers].sort((left, right) => left - right)) {
    const pools = poolsWith(number);
    const full = pools.filter((pool) => (counts.get(pool) ?? 0) >= MOST_BLOCKED);
    for (const pool of full) ignoredIn.add(pool);
    if (pools.length === 0 || full.length > 0) continue;
    blocked.add(number);
    for (const pool of pools) counts.set(pool, (counts.get(pool) ?? 0) + 1);
  }
  return { blocked, ignoredIn };
}
