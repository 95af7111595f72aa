import { invariant } from '../base/result.ts';
import { Bitmap } from './bitmap.ts';
import { Cells } from './cells.ts';
import type { Claim } from './claim.ts';
import { isLive } from './claim.ts';
import { Cooldowns } from './cooldowns.ts';
import { FreeSpace } from './free-space.ts';
import { HeldNumbers } from './held-numbers.ts';
import type { HeldTotals } from './held-numbers.ts';
import { HolderIndex } from './holder-index.ts';
import { Pages, pageOf, standingOf } from './pages.ts';
import type { PageCount, Standing } from './pages.ts';
import type { Pool } from './pool.ts';
import { HIGHEST_PORT } from './port.ts';
import { Tally } from './tally.ts';
import type { Totals } from './tally.ts';

const NOTHING: readonly Claim[] = [];

/** For how many parts of pools the free numbers are kept up to date at once. */
const MOST_PARTS = 32;

/** From so many writes on it is cheaper to find out which of them are of one number than to undo each. */
const MANY = 256;

/** Claims that are observed in every domain, such as node ports: one value for all domains, by number. */
export type Everywhere = ReadonlyMap<number, readonly Claim[]>;

/** What all domains of one ledger share. */
export interface Together {
  readonly everywhere: Everywhere;
  /** What namespaces have in all of them. */
  readonly totals: Totals;
  /** How many numbers pools have held in all of them. */
  readonly held: HeldTotals;
  /** Domains with cooling claims. */
  readonly cooling: Set<Domain>;
}

/** Changed numbers, each with the claims before the change. */
export type Changes = ReadonlyMap<number, readonly Claim[]>;

const NO_CHANGES: Changes = new Map();

/** A position in the journal of a domain, to return to. */
export type Mark = number;

/** What a write replaced. */
interface Entry {
  readonly number: number;
  readonly before: readonly Claim[];
}

/**
 * The claims on numbers in one domain: the whole cluster, or one node. Claims are the truth; everything else is derived
 * from them and kept up to date by {@link write}.
 * 1. Between {@link begin} and {@link rollback} every write is journalled and can be undone to any mark.
 * 2. Observed claims block numbers as others do, but belong to no holder's index and are never written out.
 * 3. Once {@link follow} was called, committed changes are kept until they are taken.
 */
export class Domain {
  readonly #everywhere: Everywhere;
  readonly #cooling: Set<Domain> | undefined;
  readonly #cells = new Cells();
  readonly #observed = new Map<number, readonly Claim[]>();
  readonly #byHolder = new HolderIndex();
  readonly #spaces = new Map<string, FreeSpace>();
  readonly #cooldowns = new Cooldowns();
  /** How much each namespace has of each pool here. */
  readonly tally: Tally;
  /** How many numbers each pool has held here. */
  readonly held: HeldNumbers;
  readonly #pages = new Pages();
  #journal: Entry[] | undefined;
  #isUndoing = false;
  #isFollowed = false;
  #changes: Map<number, readonly Claim[]> | undefined;

  /** @param together `everywhere` may change, if {@link refresh} is called after each change */
  constructor({ everywhere = new Map(), totals, held, cooling }: Partial<Together> = {}) {
    this.#everywhere = everywhere;
    this.#cooling = cooling;
    this.tally = new Tally(totals);
    this.held = new HeldNumbers(held);
  }

  /** Every claim in the ledger, in no order. */
  claims(): Iterable<Claim> {
    return this.#cells.all();
  }

  /** Whether there is no claim here, not even an observed one. */
  get isBlank(): boolean {
    return this.#observed.size === 0 && this.#cells.numbers()[Symbol.iterator]().next().done === true;
  }

  /** Every number with a claim on it, observed ones included, in no order. */
  *occupied(): Generator<number> {
    yield* this.#cells.numbers();
    for (const number of new Set([...this.#observed.keys(), ...this.#everywhere.keys()])) {
      if (this.claimsOn(number).length === 0) yield number;
    }
  }

  /** The first number of each page with a claim on it, observed ones included, or that had one; ascending. */
  pages(): readonly number[] {
    const observed = [...this.#observed.keys(), ...this.#everywhere.keys()].map(pageOf);
    return [...new Set([...this.#cells.pages(), ...observed])].sort((left, right) => left - right);
  }

  /** The standing of `number` for new requests; undefined if it is free. */
  standingOn(number: number): Standing | undefined {
    return standingOf(this.obstaclesOn(number));
  }

  /** Counts the page from `first`, without free numbers. */
  countOn(first: number): PageCount {
    return this.#pages.count(
      first,
      (number) => this.claimsOn(number),
      (number) => this.obstaclesOn(number),
    );
  }

  /** The claims in the ledger on `number`. */
  claimsOn(number: number): readonly Claim[] {
    return this.#cells.get(number);
  }

  /** The claims on `number`, observed ones included: those with which a new claim must not conflict. */
  obstaclesOn(number: number): readonly Claim[] {
    const observed = this.observedOn(number);
    return observed.length === 0 ? this.claimsOn(number) : [...this.claimsOn(number), ...observed];
  }

  /** The claims observed on `number`, here or everywhere. */
  observedOn(number: number): readonly Claim[] {
    const here = this.#observed.get(number);
    const everywhere = this.#everywhere.get(number);
    return here === undefined || everywhere === undefined ? (here ?? everywhere ?? NOTHING) : [...here, ...everywhere];
  }

  /** All claims under the name of an object, whatever its UID. */
  claimsOf(holderKey: string): readonly Claim[] {
    return this.#byHolder.of(holderKey);
  }

  /** Keys of all holders that have claims. */
  holderKeys(): Iterable<string> {
    return this.#byHolder.keys();
  }

  /** Replaces the claims on `number`. */
  write(number: number, claims: readonly Claim[]): void {
    const before = this.claimsOn(number);
    if (this.#journal !== undefined) this.#journal.push({ number, before });
    else if (this.#isFollowed && !this.#isUndoing) this.#note(number, before);
    // The claims that stay are in the index already, and there may be many holders.
    for (const claim of before) if (!claims.includes(claim)) this.#forget(claim);
    this.#cells.set(number, claims);
    this.tally.change(before, claims);
    this.held.change(before, claims);
    for (const claim of claims) if (!before.includes(claim)) this.#remember(claim);
    this.refresh(number);
  }

  /** Keeps committed changes from now on, for {@link takeChanges}. */
  follow(): this {
    this.#isFollowed = true;
    return this;
  }

  /** The committed changes since the last call, observed claims included. */
  takeChanges(): Changes {
    const changes = this.#changes ?? NO_CHANGES;
    this.#changes = undefined;
    return changes;
  }

  /** Replaces the observed claims on `number`. Not part of a transaction. */
  observe(number: number, observed: readonly Claim[]): void {
    if (observed.length === 0 && !this.#observed.has(number)) return;
    if (this.#isFollowed) this.#note(number, this.claimsOn(number));
    if (observed.length === 0) this.#observed.delete(number);
    else this.#observed.set(number, observed);
    this.refresh(number);
  }

  /** To be called when the claims observed everywhere on `number` have changed. */
  refresh(number: number): void {
    this.#pages.refresh(number);
    if (this.#spaces.size === 0) return;
    const obstacles = this.obstaclesOn(number);
    for (const space of this.#spaces.values()) space.refresh(number, obstacles);
  }

  /** The free numbers of `pool` here. A changed pool must be a new object: they are kept by identity. */
  space(pool: Pool): FreeSpace {
    const key = pool.from === undefined ? pool.name : `${pool.name} ${pool.from}`;
    const known = this.#spaces.get(key);
    if (known?.pool === pool) return known;
    // A pool without numbers, made for a holder that may get nothing new, has the name of the real one and must not
    // take its place.
    if (pool.usable.length === 0) return new FreeSpace(pool, () => NOTHING);
    const space = new FreeSpace(pool, (number) => this.obstaclesOn(number));
    if (pool.from !== undefined) this.#makeRoomForAPart();
    this.#spaces.set(key, space);
    return space;
  }

  /** Removes the claims whose cooldown has ended by `now` (seconds). Not allowed inside a transaction. */
  expire(now: number): void {
    if (now < this.#cooldowns.next) return;
    invariant(this.#journal === undefined, 'claims expire outside of transactions only');
    for (const number of this.#cooldowns.endedBy(now)) {
      const live = this.claimsOn(number).filter((claim) => isLive(claim, now));
      this.write(number, live);
    }
  }

  /** When the next cooldown ends, in seconds; Infinity when nothing cools. */
  get nextExpiry(): number {
    return this.#cooldowns.next;
  }

  /** Starts a transaction. There is one at a time, and nothing awaits inside it. */
  begin(): void {
    invariant(this.#journal === undefined, 'a transaction is open already');
    this.#journal = [];
  }

  /** The current position in the journal. */
  mark(): Mark {
    return this.#journal?.length ?? 0;
  }

  /** The numbers written since `mark`, each with the claims that it had then. */
  changesSince(mark: Mark): ReadonlyMap<number, readonly Claim[]> {
    const changes = new Map<number, readonly Claim[]>();
    for (const { number, before } of this.#journal?.slice(mark) ?? []) {
      if (!changes.has(number)) changes.set(number, before);
    }
    return changes;
  }

  /** Undoes what was written since `mark`; the transaction stays open. */
  undoTo(mark: Mark): void {
    const journal = this.#journal;
    if (journal === undefined) return;
    this.#journal = undefined;
    this.#isUndoing = true;
    if (journal.length - mark > MANY) this.#restore(journal, mark);
    else {
      for (let at = journal.length - 1; at >= mark; at--) {
        const entry = journal[at];
        if (entry !== undefined) this.write(entry.number, entry.before);
      }
    }
    journal.length = mark;
    this.#isUndoing = false;
    this.#journal = journal;
  }

  /** Undoes the whole transaction and ends it. */
  rollback(): void {
    this.undoTo(0);
    this.#journal = undefined;
  }

  /** Ends the transaction and keeps what it wrote. */
  commit(): void {
    if (this.#isFollowed) for (const { number, before } of this.#journal ?? []) this.#note(number, before);
    this.#journal = undefined;
  }

  #note(number: number, before: readonly Claim[]): void {
    this.#changes ??= new Map();
    if (!this.#changes.has(number)) this.#changes.set(number, before);
  }

  /** Writes each number once, however often it was written since `mark`: it gets its first claims back. */
  #restore(journal: readonly Entry[], mark: Mark): void {
    const restored = new Bitmap(HIGHEST_PORT + 1);
    for (let at = mark; at < journal.length; at++) {
      const entry = journal[at];
      if (entry === undefined || restored.has(entry.number)) continue;
      restored.add(entry.number);
      this.write(entry.number, entry.before);
    }
  }

  /** Users decide where a part begins, so there may be any number of parts. */
  #makeRoomForAPart(): void {
    const parts = [...this.#spaces].filter(([, { pool }]) => pool.from !== undefined);
    const [oldest] = parts;
    if (parts.length >= MOST_PARTS && oldest !== undefined) this.#spaces.delete(oldest[0]);
  }

  #remember(claim: Claim): void {
    this.#byHolder.add(claim);
    if (claim.state !== 'cooling') return;
    this.#cooldowns.add(claim);
    this.#cooling?.add(this);
  }

  #forget(claim: Claim): void {
    if (claim.state === 'cooling') this.#cooldowns.delete(claim);
    this.#byHolder.delete(claim);
  }
}
