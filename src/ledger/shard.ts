import { compareVersions } from '../kube/index.ts';
import { Domain, encodeCell, isLive } from '../core/index.ts';
import type { Claim } from '../core/index.ts';
import { blockOf, claimsInBlock, numbersOf, sealOf } from './block.ts';
import type { DomainKey, StoredBlock } from './block.ts';

/** What is known of a block: as last seen, and whether it is (still) stored. */
interface KnownBlock {
  readonly data: Readonly<Record<string, string>>;
  /** Undefined when the object is gone: it is written again from what was seen. */
  readonly version: string | undefined;
}

/** What a change from outside did to a block. */
export type Damage = {
  /** Readable claims that were there before and that no manager took away. */
  readonly lost: readonly Claim[];
};

/**
 * One domain in memory: its claims, and the blocks that they were read from. Holds only what the API server has
 * acknowledged; a block never goes back to an older version.
 */
export class Shard {
  readonly key: DomainKey;
  readonly domain = new Domain();
  readonly #blocks = new Map<number, KnownBlock>();

  constructor(key: DomainKey) {
    this.key = key;
  }

  /** The version to write upon; undefined for a block that has to be created. */
  versionOf(first: number): string | undefined {
    return this.#blocks.get(first)?.version;
  }

  /** The blocks that were seen, by their first numbers. */
  blocks(): Iterable<number> {
    return this.#blocks.keys();
  }

  /**
   * Takes over a block as stored, unless a newer version is known. A block whose seal doesn't fit was changed by
   * hand, and one that was deleted may have been made anew by somebody who never saw it: what such a block lacks is
   * returned, to be written back; every readable claim in it is taken as it stands.
   */
  adopt(block: StoredBlock, now: number): Damage | undefined {
    const known = this.#blocks.get(block.first);
    if (known?.version !== undefined && compareVersions(block.version, known.version) <= 0) return undefined;
    this.#blocks.set(block.first, { data: block.data, version: block.version });
    const claims = claimsInBlock(block);
    const sealed = block.seal === sealOf(block.data);
    const madeAnew = known !== undefined && known.version === undefined;
    const lost = sealed && !madeAnew ? [] : this.#lostClaims(block.first, claims);
    for (const number of numbersOf(block.first)) {
      if (block.data[String(number)] !== known?.data[String(number)]) this.#show(number, claims.get(number) ?? [], now);
    }
    return sealed && lost.length === 0 ? undefined : { lost };
  }

  #show(number: number, claims: readonly Claim[], now: number): void {
    const live = claims.filter((claim) => isLive(claim, now));
    this.domain.write(number, live);
  }

  /** The block's object is gone. Its claims stay, so that it can be written again. */
  markDeleted(first: number): void {
    const known = this.#blocks.get(first);
    if (known !== undefined) this.#blocks.set(first, { data: known.data, version: undefined });
  }

  /** The data that block `first` should have for the claims that are in the domain now; keys of others are kept. */
  dataFor(first: number): Readonly<Record<string, string>> {
    const data: Record<string, string> = { ...this.#blocks.get(first)?.data };
    for (const number of numbersOf(first)) {
      const text = encodeCell(this.domain.claimsOn(number));
      if (text === undefined) delete data[String(number)];
      else data[String(number)] = text;
    }
    return data;
  }

  /** Whether the stored text of `number` says something else than the claims in the domain now. */
  differs(number: number): boolean {
    return this.#blocks.get(blockOf(number))?.data[String(number)] !== encodeCell(this.domain.claimsOn(number));
  }

  /** Whether block `first` says something that the claims in the domain no longer do. */
  isUntidy(first: number): boolean {
    return [...numbersOf(first)].some((number) => this.differs(number));
  }

  #lostClaims(first: number, present: ReadonlyMap<number, readonly Claim[]>): readonly Claim[] {
    const lost: Claim[] = [];
    for (const number of numbersOf(first)) {
      const there = encodeCell(present.get(number) ?? [])?.split('\n') ?? [];
      for (const claim of this.domain.claimsOn(number)) {
        if (claim.state !== 'unreadable' && !there.includes(encodeCell([claim]) ?? '')) lost.push(claim);
      }
    }
    return lost;
  }
}
