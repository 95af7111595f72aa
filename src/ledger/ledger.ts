import { Breath } from '../base/breath.ts';
import type { Clock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { Domain, HeldTotals, Totals } from '../core/index.ts';
import type { Changes, Claim, Refusal, Together } from '../core/index.ts';
import { compareVersions } from '../kube/index.ts';
import { CLUSTER, blockName } from './block.ts';
import type { BlockId, DomainKey } from './block.ts';
import { Committer } from './committer.ts';
import type { Terms, WriteObserver } from './committer.ts';
import type { Work } from './piece.ts';
import { Shard } from './shard.ts';
import type { Damage } from './shard.ts';
import type { BlockChange, BlockStore } from './store.ts';

/** The default of `hostport manager`. */
const RESERVATION_LIFE_MS = 45_000;

/** How many blocks of deleted nodes one sweep deletes: it has other work. */
const MOST_DROPPED = 100;
/** A fraction of a reservation's life: long after its pod is seen, as a rule, and long before its end. */
const FRESH = 1 / 8;

/** What was wrong with a block, and what happens to it. */
export interface DamageReport {
  /** The block's name. */
  readonly configMap: string;
  readonly what: 'deleted' | 'changed' | 'unreadable';
  /** Numbers that are put back; empty for a deleted block, of which all are. */
  readonly restored: readonly number[];
  /** Unreadable keys: they are kept, and their numbers are assigned to nobody. */
  readonly unreadable: readonly string[];
}

/** Called with every damage that is found in a block. */
export type DamageObserver = (report: DamageReport) => void;

/**
 * Called with the changed numbers of a domain, each with the claims before the change. A claim that is observed
 * everywhere changes in no single domain: then `domain` is {@link EVERYWHERE}, and the claims are meaningless.
 */
export type LedgerListener = (domain: DomainKey | typeof EVERYWHERE, changes: Changes) => void;

/** Represents all domains. */
export const EVERYWHERE = Symbol('everywhere');

interface Member {
  readonly shard: Shard;
  readonly committer: Committer;
}

/**
 * The durable record of who holds what, over all domains. Reads are from memory, which follows the ConfigMaps; changes
 * go through {@link commit}.
 */
export class Ledger implements AsyncDisposable {
  readonly #store: BlockStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Logger;
  readonly #observe: WriteObserver;
  readonly #reservationLifeMs: number;
  readonly #onDamage: DamageObserver;
  readonly #members = new Map<DomainKey, Member>();
  readonly #everywhere = new Map<number, readonly Claim[]>();
  readonly #cooling = new Set<Domain>();
  readonly #together: Together;
  readonly #listeners = new Set<LedgerListener>();
  /** How much each namespace has of each pool in all domains together. */
  readonly totals = new Totals();
  /** How many numbers each pool has held in all domains together. */
  readonly held = new HeldTotals();
  /** Represents every domain without any content: reading about one stores nothing. */
  readonly #blank: Domain;
  readonly #lifetime = new Lifetime('ledger');

  constructor(parts: {
    store: BlockStore;
    clock: Clock;
    random: Random;
    log: Logger;
    /** How long a reservation lives, in milliseconds; default {@link RESERVATION_LIFE_MS}. */
    reservationLifeMs?: number;
    observe?: WriteObserver;
    onDamage?: DamageObserver;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#log = parts.log;
    this.#reservationLifeMs = parts.reservationLifeMs ?? RESERVATION_LIFE_MS;
    this.#observe = parts.observe ?? (() => undefined);
    this.#onDamage = parts.onDamage ?? (() => undefined);
    const { totals, held } = this;
    this.#together = { everywhere: this.#everywhere, totals, held, cooling: this.#cooling };
    this.#blank = new Domain(this.#together);
    this.#member(CLUSTER);
    this.#lifetime.own(this.#store.subscribe((change) => this.#onChange(change)));
  }

  /** The domains of which something is known. */
  domains(): Iterable<DomainKey> {
    return this.#members.keys();
  }

  /** Whether anything of a domain is known. */
  knows(key: DomainKey): boolean {
    return this.#members.has(key);
  }

  /**
   * The acknowledged content of `key`. For reading only, outside of {@link commit}, and at once: later it may be
   * another object.
   */
  domain(key: DomainKey): Domain {
    return this.#members.get(key)?.shard.domain ?? this.#blank;
  }

  /**
   * Whether a reservation has ended: its written end has passed, and this manager has known it for a life. So neither a
   * wall clock that is ahead nor a stopped process ends it before its pod had its time.
   */
  isOver(key: DomainKey, claim: Claim): boolean {
    return claim.time * 1000 <= this.#clock.now() && this.#knownForMs(key, claim) >= this.#reservationLifeMs;
  }

  /**
   * How long a reservation is still fresh, in milliseconds: for a fraction of its life, counted from when it became
   * known here.
   */
  freshForMs(key: DomainKey, claim: Claim): number {
    return Math.max(0, this.#reservationLifeMs * FRESH - this.#knownForMs(key, claim));
  }

  /** The reservations that have ended (see {@link isOver}) and still exist. Costs as much as there are reservations. */
  *endedReservations(): Generator<readonly [key: DomainKey, claim: Claim]> {
    for (const [key, { shard }] of this.#members) {
      for (const claim of shard.reservations()) if (this.isOver(key, claim)) yield [key, claim];
    }
  }

  /** The written end of a reservation that is made now, in seconds since the epoch. */
  newEnd(): number {
    return Math.ceil((this.#clock.now() + this.#reservationLifeMs) / 1000);
  }

  /**
   * Makes the changes of `work` to a domain durable, together with other work that arrives at the moment. A refusal by
   * the work changes nothing. After `LedgerUnavailable` some of its blocks may be written and others not, and the
   * caller has to repeat it: work must come to the same result from there.
   */
  async commit<T>(key: DomainKey, work: Work<T>, terms: Terms): Promise<Result<T, Refusal>> {
    try {
      return await this.#member(key).committer.commit(work, terms);
    } finally {
      this.#tell(key);
    }
  }

  /**
   * Runs `work` on what is known now and undoes it: the answer that {@link commit} would give if no other work came
   * first. Writes nothing.
   */
  dryRun<T>(key: DomainKey, work: Work<T>): Result<T, Refusal> {
    const known = this.#members.get(key);
    const domain = known?.shard.domain ?? this.#blank;
    const context = known?.committer.context() ?? {
      now: Math.floor(this.#clock.now() / 1000),
      random: this.#random,
      roundStates: new Map(),
    };
    domain.expire(context.now);
    domain.begin();
    try {
      return work(domain, context);
    } finally {
      domain.rollback();
      this.#tell(key);
    }
  }

  /** Removes the claims whose cooldowns have ended. */
  expire(): void {
    const now = Math.floor(this.#clock.now() / 1000);
    if (this.nextExpiry > now) return;
    for (const [key, { shard }] of this.#members) {
      if (!this.#cooling.has(shard.domain)) continue;
      shard.domain.expire(now);
      this.#tell(key);
    }
  }

  /** When the next cooldown ends, in seconds since the epoch; Infinity if nothing cools. */
  get nextExpiry(): number {
    let next = Infinity;
    for (const domain of this.#cooling) {
      if (domain.nextExpiry === Infinity) this.#cooling.delete(domain);
      else next = Math.min(next, domain.nextExpiry);
    }
    return next;
  }

  /** Replaces the claims that are observed on `number` in every domain. Kept in memory only. */
  observeEverywhere(number: number, observed: readonly Claim[]): void {
    if (observed.length === 0) this.#everywhere.delete(number);
    else this.#everywhere.set(number, observed);
    this.#blank.refresh(number);
    for (const { shard } of this.#members.values()) shard.domain.refresh(number);
    for (const listener of this.#listeners) listener(EVERYWHERE, new Map([[number, []]]));
  }

  /** Replaces the claims that are observed on `number` in one domain. Kept in memory only. */
  observe(key: DomainKey, number: number, observed: readonly Claim[]): void {
    if (observed.length === 0 && !this.knows(key)) return;
    this.#member(key).shard.domain.observe(number, observed);
    this.#tell(key);
    this.#forgetIfBlank(key);
  }

  /** Writes every block whose text contains more than its claims, such as ended cooldowns. */
  async tidy(terms: Omit<Terms, 'rewrite'>): Promise<void> {
    this.expire();
    const breath = new Breath();
    for (const { shard, committer } of this.#members.values()) {
      const untidy: number[] = [];
      for (const first of [...shard.blocks()]) {
        await breath.take();
        if (shard.isUntidy(first)) untidy.push(first);
      }
      if (untidy.length > 0) await committer.commit(nothing, { ...terms, rewrite: untidy });
    }
  }

  /**
   * Deletes empty blocks of nodes that don't exist, and forgets them. A cache that doesn't show a node is enough: an
   * empty block is worth nothing.
   * @throws ApiError if the API server doesn't delete it, FencedError
   */
  async dropGone(isThere: (node: string) => boolean, terms: Omit<Terms, 'rewrite'>): Promise<void> {
    let left = MOST_DROPPED;
    for (const [key, { shard, committer }] of [...this.#members]) {
      if (key === CLUSTER || isThere(key)) continue;
      const empty = [...shard.blocks()].filter((first) => shard.isEmpty(first)).slice(0, left);
      left -= empty.length;
      if (empty.length > 0) await committer.removeEmpty(empty, terms);
      this.#forgetIfBlank(key);
    }
  }

  /** How many numbers have an unreadable entry. */
  countUnreadable(): number {
    let count = 0;
    for (const { shard } of this.#members.values()) count += shard.domain.held.unreadable;
    return count;
  }

  /** Calls `listener` whenever claims of a domain, or claims observed there, have changed. */
  subscribe(listener: LedgerListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }

  #knownForMs(key: DomainKey, claim: Claim): number {
    return this.#members.get(key)?.shard.knownForMs(claim) ?? 0;
  }

  #member(key: DomainKey): Member {
    const known = this.#members.get(key);
    if (known !== undefined) return known;
    const shard = new Shard(key, this.#together, () => this.#clock.monotonic());
    const committer = new Committer({
      shard,
      store: this.#store,
      clock: this.#clock,
      random: this.#random,
      observe: this.#observe,
      onTrouble: (message) => this.#tellTrouble(key, message),
      onDamage: (first, damage) => this.#mend({ domain: key, first }, damage),
      signal: this.#lifetime.signal,
    });
    const member = { shard, committer };
    this.#members.set(key, member);
    return member;
  }

  /** To be called after the listeners. A later request for the domain starts it anew. */
  #forgetIfBlank(key: DomainKey): void {
    const member = this.#members.get(key);
    if (key !== CLUSTER && member?.shard.isBlank === true && member.committer.isIdle) this.#members.delete(key);
  }

  #tellTrouble(node: DomainKey, message: string | undefined): void {
    if (message === undefined) this.#log.info('the ledger is written again', { node });
    else
      this.#log.warn('the ledger can not be written, and is tried again more and more rarely', { node, says: message });
  }

  #onChange(change: BlockChange): void {
    if (change.type === 'stored') {
      const { block } = change;
      const damage = this.#member(block.domain).shard.adopt(block, Math.floor(this.#clock.now() / 1000));
      if (damage !== undefined) this.#mend(block, damage);
      this.#tell(block.domain);
      return;
    }
    this.#onDeletion(change);
    this.#tell(change.domain);
    this.#forgetIfBlank(change.domain);
  }

  #onDeletion(id: BlockId & { readonly version: string }): void {
    const shard = this.#members.get(id.domain)?.shard;
    if (shard === undefined || !shard.has(id.first)) return;
    // A manager deleted it because its node is gone; or nothing is lost with it.
    if (shard.isEmpty(id.first)) return shard.forget(id.first);
    const known = shard.versionOf(id.first);
    // It was created anew since; if that is wrong, the write will find out.
    if (known !== undefined && compareVersions(known, id.version) > 0) return this.#mendUntilDone(id);
    const configMap = blockName(id);
    this.#log.error('a block of the ledger was deleted and is written again', { configMap });
    shard.markDeleted(id.first);
    this.#onDamage({ configMap, what: 'deleted', restored: [], unreadable: [] });
    this.#mendUntilDone(id);
  }

  #mend(id: BlockId, { isToBeWritten, lost, unreadable }: Damage): void {
    const configMap = blockName(id);
    const restored = [...new Set(lost.map((claim) => claim.number))];
    const message = isToBeWritten
      ? 'a block of the ledger was changed by hand'
      : 'a block of the ledger has entries that nobody can read';
    this.#log.error(message, { configMap, restored, unreadable });
    this.#onDamage({ configMap, what: isToBeWritten ? 'changed' : 'unreadable', restored, unreadable });
    if (isToBeWritten) this.#mendUntilDone(id);
  }

  /** Writes a block as it is in memory, which still has what somebody removed. */
  #mendUntilDone({ domain: key, first }: BlockId): void {
    const { committer } = this.#member(key);
    this.#lifetime.run(
      async (signal) => {
        // The committer waits longer each time while it fails.
        for (let isDone = false; !isDone;) isDone = (await committer.commit(nothing, { signal, rewrite: [first] })).ok;
      },
      (error) => this.#log.error('a block of the ledger could not be mended', { first, error }),
    );
  }

  #tell(key: DomainKey): void {
    const changes = this.#members.get(key)?.shard.domain.takeChanges();
    if (changes === undefined || changes.size === 0) return;
    for (const listener of this.#listeners) listener(key, changes);
  }
}

/** Work that changes no claim: only its blocks have to be written. */
const nothing: Work<undefined> = () => ok(undefined);
