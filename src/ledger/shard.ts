import { compareVersions } from '../kube/index.ts';
import { invariant } from '../base/result.ts';
import { Domain, encodeCell, firstConflict, isLive, isReadAgain } from '../core/index.ts';
import type { Claim, Together } from '../core/index.ts';
import { claimsInBlock, numbersOf, sealOf } from './block.ts';
import type { DomainKey, StoredBlock } from './block.ts';

/** What is known of a block: its last content, and whether it is still stored. */
interface KnownBlock {
  readonly data: Readonly<Record<string, string>>;
  /** Undefined if the object is gone: it is written again from its last content. */
  readonly version: string | undefined;
  /** Whether claims in memory may be missing from the stored block, because somebody removed them. */
  readonly isOwing: boolean;
}

/** A block as a plan wants it: its claims are kept as of the plan, and encoded later. */
export interface BlockDraft {
  readonly first: number;
  /** The version to write upon; undefined for a block that has to be created. */
  readonly version: string | undefined;
  /** The stored data. */
  readonly before: Readonly<Record<string, string>>;
  readonly claims: ReadonlyMap<number, readonly Claim[]>;
}

/** What is wrong with a stored block. */
export interface Damage {
  /** Whether the block has to be written again, because somebody edited it. */
  readonly isToBeWritten: boolean;
  /** Claims that no manager removed. They are in the domain again. */
  readonly lost: readonly Claim[];
  /** Keys of unreadable entries that appeared since the block was last seen. */
  readonly unreadable: readonly string[];
}

/**
 * One domain in memory: its claims, and the blocks that they were read from.
 * 1. It contains only what the API server has acknowledged.
 * 2. Edits by anybody but managers lose nothing: a claim that is missing in a block, and that no manager removed, stays
 *    until it is written again, so that its number can't be assigned meanwhile.
 * 3. A block never goes back to an older version.
 */
export class Shard {
  readonly key: DomainKey;
  readonly domain: Domain;
  readonly #blocks = new Map<number, KnownBlock>();
  readonly #announced = new Map<number, StoredBlock['data']>();
  readonly #monotonic: () => number;
  /** By number: since when each of its reservations is known here. */
  readonly #known = new Map<number, ReadonlyMap<string, number>>();
  readonly #texts = new WeakMap<readonly Claim[], string>();

  /** @param monotonic the monotonic clock, in milliseconds */
  constructor(key: DomainKey, together: Partial<Together>, monotonic: () => number) {
    this.key = key;
    this.#monotonic = monotonic;
    this.domain = new Domain(together).follow();
  }

  /** The blocks that were seen, by their first numbers. */
  blocks(): Iterable<number> {
    return this.#blocks.keys();
  }

  /** Whether nothing of the domain is known: no block, no claim, no observed claim. */
  get isBlank(): boolean {
    return this.#blocks.size === 0 && this.domain.isBlank;
  }

  /** Whether the stored block `first` is as good as none: it is empty, and should be. */
  isEmpty(first: number): boolean {
    const known = this.#blocks.get(first);
    if (known === undefined || known.isOwing || Object.keys(known.data).length > 0) return false;
    return [...numbersOf(first)].every((number) => this.domain.claimsOn(number).length === 0);
  }

  /** Whether block `first` was seen, and not {@link forget | forgotten}. */
  has(first: number): boolean {
    return this.#blocks.has(first);
  }

  /** The version in which block `first` is stored; undefined for one that isn't known to be. */
  versionOf(first: number): string | undefined {
    return this.#blocks.get(first)?.version;
  }

  /** Block `first`, which {@link isEmpty}, was deleted, and nothing is lost. */
  forget(first: number): void {
    this.#blocks.delete(first);
    this.#announced.delete(first);
  }

  /** To be called before a write: the watch may show it before the answer arrives. */
  announce(first: number, data: StoredBlock['data']): void {
    this.#announced.set(first, data);
  }

  /**
   * Takes over a block as stored, unless a newer version is known. A block whose seal doesn't fit was edited, and a
   * deleted one may have been created anew by somebody who never saw it: claims that such a block lacks are put back;
   * every readable claim in it counts. Returns what has to be reported or repaired, if anything.
   */
  adopt(block: StoredBlock, now: number): Damage | undefined {
    const known = this.#blocks.get(block.first);
    if (known !== undefined && !isNewer(block, known)) return undefined;
    const isSealed = block.seal === sealOf(block.data);
    const isWhole = isSealed && (known?.isOwing !== true || this.#isAnnounced(block));
    const claims = claimsInBlock(block, isWhole ? known?.data : undefined);
    const lost = isWhole ? [] : this.#lostClaims(block.first, claims, now);
    const unreadable = this.#unreadableKeys(block, claims);
    this.#blocks.set(block.first, { data: block.data, version: block.version, isOwing: lost.length > 0 });
    for (const number of changedNumbers(block, known)) this.#show(number, claims.get(number) ?? [], now);
    const restored = lost.filter((claim) => putBack(this.domain, claim));
    const isToBeWritten = !isSealed || lost.length > 0;
    return isToBeWritten || unreadable.length > 0 ? { isToBeWritten, lost: restored, unreadable } : undefined;
  }

  /** The block's object is gone. Its claims stay, so that it can be written again. */
  markDeleted(first: number): void {
    const known = this.#blocks.get(first);
    if (known === undefined) return;
    const isOwing = known.isOwing || Object.keys(known.data).length > 0;
    this.#blocks.set(first, { data: known.data, version: undefined, isOwing });
  }

  /** Block `first` as the claims in the domain have it now. */
  draftOf(first: number): BlockDraft {
    const known = this.#blocks.get(first);
    const claims = new Map<number, readonly Claim[]>();
    for (const number of numbersOf(first)) claims.set(number, this.domain.claimsOn(number));
    return { first, version: known?.version, before: known?.data ?? {}, claims };
  }

  /** The data that a block should have; keys of others are kept. */
  wordsOf({ before, claims }: BlockDraft): Readonly<Record<string, string>> {
    const data: Record<string, string> = { ...before };
    for (const [number, there] of claims) {
      const text = this.#textOf(number, there);
      if (text === undefined) delete data[String(number)];
      else data[String(number)] = text;
    }
    return data;
  }

  /** Whether a later content of block `first` than that of `version` is known; without a version, whether any is. */
  isNewerThan(first: number, version: string | undefined): boolean {
    const known = this.#blocks.get(first)?.version;
    return known !== undefined && (version === undefined || compareVersions(known, version) > 0);
  }

  /** Whether somebody removed something from block `first` that isn't written again yet. */
  isOwing(first: number): boolean {
    return this.#blocks.get(first)?.isOwing === true;
  }

  /** How long a reservation has been known here unchanged, in milliseconds; 0 for an unknown one. */
  knownForMs(claim: Claim): number {
    const since = this.#known.get(claim.number)?.get(reservationOf(claim));
    return since === undefined ? 0 : this.#monotonic() - since;
  }

  /** The reservations of holders that weren't seen yet. */
  *reservations(): Generator<Claim> {
    for (const number of this.#known.keys()) {
      for (const claim of this.domain.claimsOn(number)) if (claim.state === 'reserved') yield claim;
    }
  }

  /** Whether block `first` contains something that the claims in the domain no longer say. */
  isUntidy(first: number): boolean {
    const stored = this.#blocks.get(first)?.data;
    return [...numbersOf(first)].some(
      (number) => stored?.[String(number)] !== this.#textOf(number, this.domain.claimsOn(number)),
    );
  }

  /** Most of a block stays the same from one write to the next, so each list of claims is encoded once. */
  #textOf(number: number, claims: readonly Claim[]): string | undefined {
    const known = this.#texts.get(claims);
    if (known !== undefined) return known;
    const text = encodeCell(claims);
    if (text === undefined) return undefined;
    invariant(isReadAgain(claims, text), `the ledger can't read again what it would say of number ${number}: ${text}`);
    this.#texts.set(claims, text);
    return text;
  }

  #show(number: number, claims: readonly Claim[], now: number): void {
    const live = claims.filter((claim) => isLive(claim, now));
    this.domain.write(number, live);
    this.#note(number, live);
  }

  /** An unchanged reservation is known since it was first seen, however often the block is read again. */
  #note(number: number, claims: readonly Claim[]): void {
    const before = this.#known.get(number);
    const reserved = claims.filter(({ state }) => state === 'reserved').map(reservationOf);
    if (reserved.length === 0) this.#known.delete(number);
    else this.#known.set(number, new Map(reserved.map((each) => [each, before?.get(each) ?? this.#monotonic()])));
  }

  #isAnnounced({ first, seal }: StoredBlock): boolean {
    const announced = this.#announced.get(first);
    return announced !== undefined && sealOf(announced) === seal;
  }

  #lostClaims(first: number, present: ReadonlyMap<number, readonly Claim[]>, now: number): readonly Claim[] {
    const lost: Claim[] = [];
    for (const number of numbersOf(first)) {
      const there = new Set(present.get(number)?.map((claim) => encodeCell([claim])));
      for (const claim of this.domain.claimsOn(number)) {
        if (claim.state !== 'unreadable' && isLive(claim, now) && !there.has(encodeCell([claim]))) lost.push(claim);
      }
    }
    return lost;
  }

  /** Numbers with new unreadable lines, and keys that are no numbers of the block. */
  #unreadableKeys({ first, data }: StoredBlock, claims: ReadonlyMap<number, readonly Claim[]>): readonly string[] {
    const before = this.#blocks.get(first)?.data ?? {};
    return Object.keys(data).filter((key) => {
      if (data[key] === before[key]) return false;
      const number = Number(key);
      const there = String(number) === key ? claims.get(number) : undefined;
      if (there === undefined) return true;
      const known = this.domain.claimsOn(number);
      return there.some(({ state, text }) => state === 'unreadable' && !known.some((claim) => claim.text === text));
    });
  }
}

/** Adds a claim to those on its number, unless another holder has the number there. An unreadable claim has no holder. */
function putBack(domain: Domain, claim: Claim): boolean {
  const there = domain.claimsOn(claim.number);
  const others = there.filter(({ state }) => state !== 'unreadable');
  if (firstConflict(others, claim) !== undefined) return false;
  domain.write(claim.number, [...there, claim]);
  return true;
}

/** A reservation that was renewed to another time is a new one. */
function reservationOf({ holder, port, time }: Claim): string {
  return `${holder.key} ${holder.uid} ${port} ${time}`;
}

function isNewer({ version }: StoredBlock, known: KnownBlock): boolean {
  return known.version === undefined || compareVersions(version, known.version) > 0;
}

function changedNumbers({ first, data }: StoredBlock, known: KnownBlock | undefined): readonly number[] {
  return [...numbersOf(first)].filter((number) => data[String(number)] !== known?.data[String(number)]);
}
