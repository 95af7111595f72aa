import { familyOf } from './address.ts';
import type { Bitmap } from './bitmap.ts';
import { bindingKey } from './conflict.ts';
import type { Binding } from './conflict.ts';
import type { Domain } from './domain.ts';
import type { FreeSpace } from './free-space.ts';
import { protocolName } from './port.ts';
import { poolBitmap } from './pool.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { GrantedPort, PlanContext, PortRequest, PortsRequest } from './request.ts';
import { strategies } from './strategy/index.ts';

/** For so many single addresses the numbers are kept during a choice; the oldest are dropped. */
const MOST_ADDRESSES = 16;

/** Chooses the numbers of one request, port by port. */
export class Chooser {
  readonly #domain: Domain;
  readonly #request: PortsRequest;
  readonly #context: PlanContext;
  readonly #space: FreeSpace;
  /** Numbers that may be shared; computed when no number without claims is left. */
  #second: SecondLook | undefined;

  constructor(domain: Domain, request: PortsRequest, context: PlanContext) {
    this.#domain = domain;
    this.#request = request;
    this.#context = context;
    this.#space = domain.space(request.pool);
  }

  /**
   * Chooses the number for `port`: one without any claim; only if there is none, one that is free for the protocol and
   * address asked and on which the holder has nothing; otherwise returns a refusal.
   */
  choose(port: PortRequest): number | Refusal {
    const untouched = this.#pick(this.#space.untouched, port);
    if (untouched >= 0) return untouched;
    this.#second ??= new SecondLook(this.#space, this.#findOwn());
    const fitting = this.#second.fitting(port);
    const shared = this.#pick(fitting, port);
    return shared >= 0 ? shared : refuseFor(this.#request, port, fitting.size);
  }

  /** To be called with each port that the request takes since the choice began. */
  took({ number: first, count }: GrantedPort): void {
    if (this.#second === undefined) return;
    for (let number = first; number < first + count; number++) this.#second.took(number);
  }

  #findOwn(): Bitmap {
    const own = poolBitmap(this.#request.pool);
    for (const { number } of this.#domain.claimsOf(this.#request.holder.key)) {
      if (this.#space.includes(number)) own.add(number - this.#space.origin);
    }
    return own;
  }

  #pick(free: Bitmap, port: PortRequest): number {
    const { pool, holder, strategy = pool.strategy, start = 0, indifferent = false } = this.#request;
    const { roundStates, random, stretches } = this.#context;
    let roundState = roundStates.get(pool.name);
    if (roundState === undefined) roundStates.set(pool.name, (roundState = {}));
    const { origin } = this.#space;
    const stretch = indifferent ? stretches?.beginOf(pool, free, origin) : undefined;
    const at = strategies[strategy].choose({
      free,
      count: port.count,
      start: Math.max(0, start - origin),
      stretch: stretch === undefined ? undefined : stretch - origin,
      pool: pool.name,
      holder,
      port: port.name,
      random,
      roundState,
    });
    if (at < 0) return -1;
    if (indifferent) stretches?.took(at + origin);
    return at + origin;
  }
}

function refuseFor({ pool }: PortsRequest, port: PortRequest, free: number): Refusal {
  const longest = pool.usable.reduce((most, { first, last }) => Math.max(most, last - first + 1), 0);
  const details = { pool: pool.name, port: port.name, count: port.count };
  if (longest > 0 && port.count > longest) return refuse.countBeyondPool({ ...details, longest });
  return refuse.exhausted({ ...details, protocols: protocolName(port.protocols), free });
}

/**
 * The numbers that one request may share with other holders, without those on which its own holder has a claim. One set
 * serves all addresses of a family, because each port of a request may have another address.
 */
class SecondLook {
  readonly #space: FreeSpace;
  readonly #own: Bitmap;
  /** By protocols, and wildcard or family. */
  readonly #wide = new Map<string, Bitmap>();
  /** By protocols and address, if those are other numbers than the whole family has. */
  readonly #narrow = new Map<string, Bitmap>();

  /** @param own the numbers on which the holder has a claim; {@link took} adds to them */
  constructor(space: FreeSpace, own: Bitmap) {
    this.#space = space;
    this.#own = own;
  }

  /** The numbers that fit `binding` now. */
  fitting(binding: Binding): Bitmap {
    const { protocols, address } = binding;
    const family = familyOf(address);
    if (family === undefined) return this.#look(binding);
    const key = bindingKey(binding);
    const known = this.#narrow.get(key);
    if (known !== undefined) return known;
    const wide = this.#look({ protocols, address: family });
    const fitting = this.#space.openTo(binding, wide);
    if (fitting === wide) return wide;
    const [oldest] = this.#narrow.keys();
    if (this.#narrow.size >= MOST_ADDRESSES && oldest !== undefined) this.#narrow.delete(oldest);
    this.#narrow.set(key, fitting);
    return fitting;
  }

  /** To be called with each number that the request takes. */
  took(number: number): void {
    if (!this.#space.includes(number)) return;
    const at = number - this.#space.origin;
    this.#own.add(at);
    for (const fitting of this.#wide.values()) fitting.delete(at);
    for (const fitting of this.#narrow.values()) fitting.delete(at);
  }

  #look(binding: Binding): Bitmap {
    const key = bindingKey(binding);
    let fitting = this.#wide.get(key);
    if (fitting !== undefined) return fitting;
    fitting = this.#space.fitting(binding).without(this.#own);
    this.#wide.set(key, fitting);
    return fitting;
  }
}
