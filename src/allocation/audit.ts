import { Breath } from '../base/breath.ts';
import { firstConflict, firstRival, isOpenTo, isUse, partnerOf, printHolder, unwritable } from '../core/index.ts';
import type { Claim, Domain, GrantedPort, Holder } from '../core/index.ts';
import { isOfNode } from './listeners.ts';

/** The numbers that an object of the cluster says it holds. */
export interface Belief {
  readonly holder: Holder;
  readonly pool: string;
  /** The pool for which a number is adopted; default {@link pool}. */
  readonly poolOf?: (number: number) => string;
  /** Computed anew on each iteration: all beliefs together are too large to keep. */
  readonly ports: Iterable<GrantedPort>;
  /** Seconds since the epoch: of two objects that say they hold a number, the older one is right. */
  readonly since: number;
}

/** A number that two holders claim: the holder of the claim `by` keeps it, `holder` should give way. */
export interface Dispute {
  readonly holder: Holder;
  readonly pool: string;
  readonly number: number;
  readonly by: Claim;
}

/** Whether a reservation has ended; see `Ledger.isOver`. */
type IsOver = (reserved: Claim) => boolean;

/** The difference between what holders say and what the ledger says. */
interface Audit {
  /** Claims that the ledger lacks and that conflict with no other. */
  readonly missing: readonly Claim[];
  readonly disputes: readonly Dispute[];
}

/**
 * Compares what holders say with the claims in `domain`. Where the ledger has a claim, the ledger is right; elsewhere
 * the older holder is. A number that cools after the holder's own release isn't missing. A number is missing if it is
 * reserved for another object of the holder's name and this reservation has ended: that object can no longer appear.
 * @param isOver whether a reservation has ended
 */
export function audit(domain: Domain, beliefs: readonly Belief[], isOver: IsOver): Audit {
  const comparison = new Comparison(domain, isOver);
  for (const belief of oldestFirst(beliefs)) comparison.look(belief);
  return comparison.end();
}

/**
 * The same as {@link audit}, but yields to other work between two holders, of which there may be 150,000. Claims that a
 * holder no longer makes at the end aren't missing.
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

/** The findings of one audit so far. */
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
      const claimed = new Set([...claimsOf(belief)].map(({ number, port }) => `${number} ${port}`));
      return claims.filter(({ number, port }) => claimed.has(`${number} ${port}`));
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
    // A process that listens there is taken for the holder's own. A host port that the holder declares is its own, too.
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

/** Whether a namespace is within its quota of a pool, the claims that the current transaction wrote included. */
type IsWithin = (namespace: string, pool: string) => boolean;

/**
 * Adopts the claims that {@link audit} found missing, except for numbers that another holder has got since. Must run
 * inside a transaction.
 * @returns the adopted claims, and those that aren't adopted because their namespace would exceed a quota
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
  // A borrowed number has a claim beside its lender's, however many claims there are.
  const isLoan = partnerOf(claim, readable) !== undefined && firstRival(readable, claim) === undefined;
  if (own || !(isLoan || isOpenTo(readable, claim))) return false;
  domain.write(claim.number, [...standing, claim]);
  return true;
}

/** Whether `reserved` belongs to another object with the name of `claim`, and has ended. */
function hasMissed(reserved: Claim, claim: Claim, isOver: IsOver): boolean {
  const { state, holder } = reserved;
  const isOther = holder.key === claim.holder.key && holder.uid !== claim.holder.uid;
  return state === 'reserved' && isOther && isOver(reserved);
}

/**
 * The claims that a belief amounts to. A claim that the ledger couldn't store isn't believed: no holder can have got
 * it.
 */
function* claimsOf({ holder, pool, ports, since }: Belief): Generator<Claim> {
  for (const port of ports) {
    if (unwritable({ holder, ports: [port] }) !== undefined) continue;
    const { name, protocols, address, number, count } = port;
    for (let each = number; each < number + count; each++) {
      yield { number: each, protocols, address, pool, holder, port: name, state: 'held', time: since };
    }
  }
}

/** The disputes that the last sweep found, by the UID of the holder that should give way. */
export class Disputes {
  readonly #listeners = new Set<(holderUid: string) => void>();
  #messages: ReadonlyMap<string, string> = new Map();

  /** Calls `listener` with the UID of each holder whose message changes, until the handle is disposed. */
  subscribe(listener: (holderUid: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Replaces the known disputes. */
  replace(disputes: readonly Dispute[]): void {
    const messages = new Map<string, string>();
    for (const [uid, group] of Map.groupBy(disputes, ({ holder }) => holder.uid)) messages.set(uid, messageOf(group));
    const before = this.#messages;
    this.#messages = messages;
    for (const uid of new Set([...before.keys(), ...messages.keys()])) {
      if (before.get(uid) === messages.get(uid)) continue;
      for (const listener of this.#listeners) listener(uid);
    }
  }

  /** The dispute about numbers of `holderUid`, as a sentence; undefined if there is none. */
  of(holderUid: string): string | undefined {
    return this.#messages.get(holderUid);
  }
}

function messageOf(disputes: readonly Dispute[]): string {
  const which = disputes.map(({ number, by }) => `${number} (${printHolder(by.holder)})`).join(', ');
  return `somebody else has numbers of this holder, and keeps them: ${which}; delete one of the two, or ask for other numbers`;
}
