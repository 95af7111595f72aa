import { InvariantError } from '../base/result.ts';

const WORD = 32;

/** How many neighbours are counted together; also the size of a block of the ledger. */
export const GROUP = 64;

/** How many groups make a span: the step in which far-away members are looked for. */
export const GROUPS_OF_A_SPAN = 16;

/**
 * A set of small integers that finds the next member in three steps however full it is: above the bits lies a
 * level that tells which words are not empty, and above that another one.
 *
 * `size` is always the number of members; so is, within its group of 64, {@link countInGroup}.
 */
export class Bitmap {
  readonly length: number;
  readonly #words: Uint32Array;
  readonly #used: Uint32Array;
  readonly #top: Uint32Array;
  readonly #inGroup: Uint8Array;
  readonly #inSpan: Uint16Array;
  #size = 0;

  /** @param length members are 0 … length-1 */
  constructor(length: number) {
    this.length = length;
    this.#words = new Uint32Array(Math.ceil(length / WORD) + 1);
    this.#used = new Uint32Array(Math.ceil(this.#words.length / WORD));
    this.#top = new Uint32Array(Math.ceil(this.#used.length / WORD));
    this.#inGroup = new Uint8Array(Math.ceil(length / GROUP));
    this.#inSpan = new Uint16Array(Math.ceil(this.#inGroup.length / GROUPS_OF_A_SPAN));
  }

  get size(): number {
    return this.#size;
  }

  /** How many spans of 16 groups there are, the last one perhaps shorter. */
  get spans(): number {
    return this.#inSpan.length;
  }

  /** Members among the numbers of span `span`. */
  countInSpan(span: number): number {
    return this.#inSpan[span] ?? 0;
  }

  /** Members among the numbers of group `group`. */
  countInGroup(group: number): number {
    return this.#inGroup[group] ?? 0;
  }

  has(index: number): boolean {
    return ((this.#words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  /** Adding a member again is a no-op. */
  add(index: number): void {
    // No `invariant` here: its message would be made up each time.
    if (index < 0 || index >= this.length) throw new InvariantError(`bit ${index} is outside 0..${this.length - 1}`);
    if (this.has(index)) return;
    const word = index >>> 5;
    set(this.#words, index);
    set(this.#used, word);
    set(this.#top, word >>> 5);
    this.#count(index, 1);
  }

  /** Removing what is no member is a no-op. */
  delete(index: number): void {
    if (!this.has(index)) return;
    const word = index >>> 5;
    clear(this.#words, index);
    if (this.#words[word] === 0) {
      clear(this.#used, word);
      if (this.#used[word >>> 5] === 0) clear(this.#top, word >>> 5);
    }
    this.#count(index, -1);
  }

  /** The first member that is at least `from`, or -1. */
  next(from: number): number {
    if (from >= this.length) return -1;
    const inWord = firstBit(this.#words, from);
    if (inWord >= 0) return inWord;
    const word = (from >>> 5) + 1;
    const inUsed = firstBit(this.#used, word);
    if (inUsed >= 0) return firstBit(this.#words, inUsed * WORD);
    for (let top = (word >>> 5) + 1; top >>> 5 < this.#top.length; top = ((top >>> 5) + 1) * WORD) {
      const used = firstBit(this.#top, top);
      if (used >= 0) return firstBit(this.#words, firstBit(this.#used, used * WORD) * WORD);
    }
    return -1;
  }

  /** The first number from `from` up that is no member; `length` when there is none. */
  nextGap(from: number): number {
    for (let word = from >>> 5; word * WORD < this.length; word++) {
      const above = word === from >>> 5 ? (1 << (from & 31)) - 1 : 0;
      const gaps = ~((this.#words[word] ?? 0) | above);
      if (gaps !== 0) return Math.min(word * WORD + trailingZeros(gaps), this.length);
    }
    return this.length;
  }

  /** The member that has `rank` smaller ones. */
  at(rank: number): number {
    if (rank < 0 || rank >= this.#size) throw new InvariantError(`no member of rank ${rank} among ${this.#size}`);
    let left = rank;
    let span = 0;
    for (; left >= (this.#inSpan[span] ?? 0); span++) left -= this.#inSpan[span] ?? 0;
    let group = span * GROUPS_OF_A_SPAN;
    for (; left >= (this.#inGroup[group] ?? 0); group++) left -= this.#inGroup[group] ?? 0;
    return this.atInGroup(group, left);
  }

  /** The member of group `group` that has `rank` smaller ones in it; there must be one. */
  atInGroup(group: number, rank: number): number {
    let left = rank;
    for (let word = (group * GROUP) >>> 5; ; word++) {
      let bits = this.#words[word] ?? 0;
      const members = countBits(bits);
      if (left >= members) {
        left -= members;
        continue;
      }
      for (; left > 0; left--) bits &= bits - 1;
      return word * WORD + trailingZeros(bits);
    }
  }

  /** Another set with the same members. */
  copy(): Bitmap {
    const copy = new Bitmap(this.length);
    copy.#words.set(this.#words);
    copy.#used.set(this.#used);
    copy.#top.set(this.#top);
    copy.#inGroup.set(this.#inGroup);
    copy.#inSpan.set(this.#inSpan);
    copy.#size = this.#size;
    return copy;
  }

  /** The members that are not in `others`, which is as long: at the cost of the length, however many those are. */
  without(others: Bitmap): Bitmap {
    const rest = new Bitmap(this.length);
    for (let word = 0; word < this.#words.length; word++) {
      const bits = (this.#words[word] ?? 0) & ~(others.#words[word] ?? 0);
      if (bits === 0) continue;
      rest.#words[word] = bits;
      set(rest.#used, word);
      set(rest.#top, word >>> 5);
      rest.#count(word * WORD, countBits(bits));
    }
    return rest;
  }

  /** Counts `by` members more in the word of `index`. */
  #count(index: number, by: number): void {
    const group = Math.floor(index / GROUP);
    this.#size += by;
    this.#inGroup[group] = (this.#inGroup[group] ?? 0) + by;
    const span = Math.floor(group / GROUPS_OF_A_SPAN);
    this.#inSpan[span] = (this.#inSpan[span] ?? 0) + by;
  }
}

function set(words: Uint32Array, index: number): void {
  words[index >>> 5] = (words[index >>> 5] ?? 0) | (1 << (index & 31));
}

function clear(words: Uint32Array, index: number): void {
  words[index >>> 5] = (words[index >>> 5] ?? 0) & ~(1 << (index & 31));
}

/** The first set bit of the word of `from` that is at least `from`, or -1. */
function firstBit(words: Uint32Array, from: number): number {
  const bits = (words[from >>> 5] ?? 0) & (-1 << (from & 31));
  return bits === 0 ? -1 : (from & ~31) + trailingZeros(bits);
}

/** The number of set bits (Warren, Hacker's Delight, section 5-1). */
function countBits(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function trailingZeros(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
