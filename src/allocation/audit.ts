import { Breath } from '../base/breath.ts';
import { firstConflict, firstRival, isOpenTo, isUse, partnerOf, unwritable } from '../core/index.ts';
import type { Claim, Domain, GrantedPort, Holder } from '../core/index.ts';
import { isOfNode } from './listeners.ts';

/** What an object of the cluster says that it holds. */
export interface Belief {
  readonly holder: Holder;
  readonly pool: string;
  /** The pool that a number is adopted for; default {@link pool}. */
  readonly poolOf?: (number: number) => string;
  /** Made up anew each time it is walked: all beliefs together are too much to keep. */
  readonly ports: Iterable<GrantedPort>;
  /** Seconds since the epoch: the older of two that believe the same is right. */
  readonly since: number;
}

/** A number that two holders say is theirs; `by` keeps it. */
export interface Dispute {
  readonly holder: Holder;
  readonly pool: string;
  readonly number: number;
  readonly by: Claim;
}

/** Whether a reservation has ended; see `Ledger.isOver`. */
export type IsOver = (reserved: Claim) => boolean;

/** How the beliefs of holders compare with the ledger. */
export interface Audit {
  /** Claims that the ledger lacks and that stand in nobody's way. */
  readonly missing: readonly Claim[];
  readonly disputes: readonly Dispute[];
}

/**
 * Compares what holders believe with the claims in `domain`. The ledger is right where it says anything; where it is
 * silent the older belief is. A number that is cooling after the holder's own release is not missing; one that is still
 * reserved for an object of the holder's name, for longer than that may take to come, is: no other of that name can.
 *
 * @param isOver whether a reservation has ended
 */
export function audit(domain: Domain, beliefs: readonly Belief[], isOver: IsOver): Audit {
  const comparison = new Comparison(domain, isOver);
  for (const belief of oldestFirst(beliefs)) comparison.look(belief);
  return comparison.end();
}

/**
 * As {@link audit}, but gives way to others between two holders, of which there may be 150,000. What one of them no longer
 * says at the end is not missing.
 */
export async function auditGently(domain: Domain, beliefs: readonly Belief[], isOver: IsOver): Promise<Audit> {
  const breath = new Breath();
  const comparison = new Comparison(domain, isOver);
  for (const belief of oldestFirst(beliefs)) {
    if (breath.isDue) await breath.take();
    comparison.look(belief);
  }
  return comparison.end();
}

/** What one audit has found so far. */
class Comparison {
  readonly #domain: Domain;
  readonly #isOver: IsOver;
  readonly #missing: { readonly belief: Belief; readonly claims: Claim[] }[] = [];
  readonly #disputes: Dispute[] = [];
  readonly #adopted = new Map<number, Claim[]>();

  constructor(domain: Domain, isOver: IsOver) {
    this.#domain = domain;
    this.#isOver = isOver;
  }

  look(belief: Belief): void {
    const missing = [...claimsOf(belief)].filter((claim) => this.#isMissing(claim));
    if (missing.length === 0) return;
    const claims = missing.map((claim) => ({ ...claim, pool: belief.poolOf?.(claim.number) ?? claim.pool }));
    this.#missing.push({ belief, claims });
  }

  end(): Audit {
    const missing = this.#missing.flatMap(({ belief, claims }) => {
      const said = new Set([...claimsOf(belief)].map(({ number, port }) => `${number} ${port}`));
      return claims.filter(({ number, port }) => said.has(`${number} ${port}`));
    });
    return { missing, disputes: this.#disputes };
  }

  #isMissing(claim: Claim): boolean {
    const there = this.#domain.claimsOn(claim.number);
    const own = there.some(({ holder, port }) => holder.uid === claim.holder.uid && port === claim.port);
    const known = [...there, ...(this.#adopted.get(claim.number) ?? [])].filter(
      (other) => isUse(other) && !hasMissed(other, claim, this.#isOver),
    );
    const rival = firstRival(
      known.filter(({ holder }) => holder.uid !== claim.holder.uid),
      claim,
    );
    // A process that listens there is its own, for all that is known here; what it declares itself certainly is.
    const observed = this.#domain
      .observedOn(claim.number)
      .filter((seen) => !isOfNode(seen) && seen.holder.uid !== claim.holder.uid);
    const found = firstConflict(observed, claim);
    const by = rival ?? found;
    if (by !== undefined) this.#disputes.push({ holder: claim.holder, pool: claim.pool, number: claim.number, by });
    if (rival !== undefined || own) return false;
    this.#adopted.set(claim.number, [...(this.#adopted.get(claim.number) ?? []), claim]);
    return true;
  }
}

function oldestFirst(beliefs: readonly Belief[]): readonly Belief[] {
  return beliefs.toSorted((left, right) => left.since - right.since);
}

/** Whether a namespace has no more of a pool than it may, now that a claim more is written down. */
export type IsWithin = (namespace: string, pool: string) => boolean;

/**
 * Takes over what {@link audit} found missing, where still nobody else has it, and as far as it is within what the
 * namespace may have. Must run inside a transaction.
 */
export function adopt(
  domain: Domain,
  missing: readonly Claim[],
  isOver: IsOver,
  isWithin: IsWithin,
): { readonly adopted: readonly Claim[]; readonly beyond: readonly Claim[] } {
  const adopted: Claim[] = [];
  const beyond: Claim[] = [];
  for (const claim of missing) {
    const mark = domain.mark();
    if (!takeOver(domain, claim, isOver)) continue;
    if (isWithin(claim.holder.namespace, claim.pool)) {
      adopted.push(claim);
      continue;
    }
    domain.undoTo(mark);
    beyond.push(claim);
  }
  return { adopted, beyond };
}

function takeOver(domain: Domain, claim: Claim, isOver: IsOver): boolean {
  const there = domain.claimsOn(claim.number);
  const standing = there.filter((other) => other.state !== 'cooling' && !hasMissed(other, claim, isOver));
  const own = standing.some(({ holder, port }) => holder.uid === claim.holder.uid && port === claim.port);
  const readable = standing.filter(({ state }) => state !== 'unreadable');
  // What a pod borrows stands beside its lender's claim, however many are there.
  const isLoan = partnerOf(claim, readable) !== undefined && firstRival(readable, claim) === undefined;
  if (own || !(isLoan || isOpenTo(readable, claim))) return false;
  domain.write(claim.number, [...standing, claim]);
  return true;
}

/** Whether `reserved` is for another object of the name that `claim` is of, and its time is over. */
function hasMissed(reserved: Claim, claim: Claim, isOver: IsOver): boolean {
  const { state, holder } = reserved;
  const isOther = holder.key === claim.holder.key && holder.uid !== claim.holder.uid;
  return state === 'reserved' && isOther && isOver(reserved);
}

/** What a belief amounts to. What the ledger couldn't say isn't believed: nobody was given it. */
function* claimsOf({ holder, pool, ports, since }: Belief): Generator<Claim> {
  for (const port of ports) {
    if (unwritable({ holder, ports: [port] }) !== undefined) continue;
    const { name, protocols, address, number, count } = port;
    for (let each = number; each < number + count; each++) {
      yield { number: each, protocols, address, pool, holder, port: name, state: 'held', time: since };
    }
  }
}
