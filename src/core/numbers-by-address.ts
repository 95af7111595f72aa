import { familyOf } from './address.ts';
import type { Address } from './address.ts';
import { Bitmap } from './bitmap.ts';
import type { Claim } from './claim.ts';
import type { Binding } from './conflict.ts';
import { protocolsIn } from './port.ts';
import type { Protocols } from './port.ts';

const NOTHING: readonly Claim[] = [];

/** Up to so many numbers of an address are a list; more are a bitmap, which is smaller from there on. */
const FEW = 256;

/** The numbers of one address, by protocol. */
type ByProtocol = Map<Protocols, number[] | Bitmap>;

/**
 * The numbers that are claimed at each single address, by protocol, without wildcards. Users may write any number of
 * addresses, and one of them may be on every number.
 */
export class NumbersByAddress {
  readonly #length: number;
  readonly #numbers = new Map<Address, ByProtocol>();
  /** The claims on each number at the last refresh. */
  readonly #claims: (readonly Claim[])[];

  /** @param length numbers are 0 … length-1 */
  constructor(length: number) {
    this.#length = length;
    this.#claims = Array<readonly Claim[]>(length).fill(NOTHING);
  }

  /** Those of `fitting` that aren't claimed at the address of `binding`; `fitting` itself if none is. */
  openTo({ protocols, address }: Binding, fitting: Bitmap): Bitmap {
    let open: Bitmap | undefined;
    for (const [protocol, taken] of this.#numbers.get(address) ?? []) {
      if ((protocol & protocols) === 0) continue;
      if (taken instanceof Bitmap) open = (open ?? fitting).without(taken);
      else {
        open ??= fitting.copy();
        for (const number of taken) open.delete(number);
      }
    }
    return open ?? fitting;
  }

  /** To be called whenever the claims on `number` changed. */
  refresh(number: number, claims: readonly Claim[]): void {
    for (const claim of this.#claims[number] ?? NOTHING) if (isSingle(claim)) this.#forget(number, claim);
    for (const claim of claims) if (isSingle(claim)) this.#note(number, claim);
    this.#claims[number] = claims;
  }

  #note(number: number, { address, protocols }: Claim): void {
    let there = this.#numbers.get(address);
    if (there === undefined) this.#numbers.set(address, (there = new Map<Protocols, number[] | Bitmap>()));
    for (const protocol of protocolsIn(protocols)) {
      const numbers = there.get(protocol);
      if (numbers === undefined) there.set(protocol, [number]);
      else if (numbers instanceof Bitmap) numbers.add(number);
      else if (numbers.length === FEW) there.set(protocol, this.#bitsOf([...numbers, number]));
      else if (!numbers.includes(number)) numbers.push(number);
    }
  }

  #forget(number: number, { address, protocols }: Claim): void {
    const there = this.#numbers.get(address);
    for (const protocol of protocolsIn(protocols)) {
      const numbers = there?.get(protocol);
      if (numbers instanceof Bitmap) numbers.delete(number);
      else if (numbers?.includes(number)) numbers.splice(numbers.indexOf(number), 1);
      const left = numbers instanceof Bitmap ? numbers.size : numbers?.length;
      if (left === 0) there?.delete(protocol);
    }
    if (there?.size === 0) this.#numbers.delete(address);
  }

  #bitsOf(numbers: readonly number[]): Bitmap {
    const bits = new Bitmap(this.#length);
    for (const number of numbers) bits.add(number);
    return bits;
  }
}

function isSingle({ address }: Claim): boolean {
  return familyOf(address) !== undefined;
}
