import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { ANY_ADDRESS } from './address.ts';
import type { Claim } from './claim.ts';
import { Chooser } from './choose.ts';
import { conflicts, isLoan, isOpenTo } from './conflict.ts';
import type { Domain } from './domain.ts';
import type { Holder } from './holder.ts';
import { ClaimSet } from './claim-set.ts';
import { isOfPool, newClaim, refusalOf } from './exact.ts';

import { NO_POOL } from './pool.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { GrantedPort, PlanContext, Planned, PortRequest, PortsRequest } from './request.ts';

/**
 * Meets a request whose holder's name has claims already: `known` are its own, and those of earlier objects of the
 * name. After a refusal the caller undoes the writes.
 */
export function planAgain(
  domain: Domain,
  request: PortsRequest,
  context: PlanContext,
  known: readonly Claim[],
): Result<Planned, Refusal> {
  return new Planning(domain, request, context, known).plan();
}

const NOTHING: readonly Claim[] = [];

class Planning {
  readonly #domain: Domain;
  readonly #request: PortsRequest;
  readonly #context: PlanContext;
  /** The holder's claims, and those in this pool that earlier objects of its name left to it. */
  readonly #mine: ClaimSet;
  readonly #inherited: ClaimSet;
  /** Claims of the holder whose numbers a pod borrows, each with the pod's claim: they don't change. */
  readonly #lent: readonly (readonly [own: Claim, borrowed: Claim])[];
  /** Claims that are only in the way of the holder: removed during the plan. */
  readonly #lifted: readonly Claim[];
  readonly #granted: GrantedPort[] = [];
  /** Claims whose numbers the holder's pods may use: they stay, and block every other claim. */
  readonly #kept: ReadonlySet<Claim>;
  /** Numbers chosen for ports without an exact number: they differ from each other, whatever their protocols. */
  readonly #chosen = new Set<number>();

  constructor(domain: Domain, request: PortsRequest, context: PlanContext, known: readonly Claim[]) {
    this.#domain = domain;
    this.#request = request;
    this.#context = context;
    const { holder, pool, gone } = request;
    const mine = known.filter((claim) => isOf(claim, holder));
    const left = known.filter(({ state, holder: by }) => state === 'cooling' || gone.has(by.uid));
    this.#mine = new ClaimSet(mine);
    this.#inherited = new ClaimSet(left.filter((claim) => claim.pool === pool.name || claim.pool === NO_POOL));
    const stays = (claim: Claim): boolean => request.keepsRest === true && claim.state !== 'cooling';
    this.#kept = new Set([...mine, ...left].filter(stays));
    this.#lifted = [...mine, ...left].filter((claim) => !stays(claim));
    this.#lent = mine.flatMap((own) => {
      const borrowed = domain.claimsOn(own.number).find((there) => isLoan(own, there));
      return borrowed === undefined ? [] : [[own, borrowed] as const];
    });
  }

  plan(): Result<Planned, Refusal> {
    for (const claim of this.#lifted) this.#lift(claim);
    const refusal = this.#takeAll();
    if (refusal !== undefined) return err(refusal);
    const used = this.#usedNumbers();
    const unused = this.#lifted.filter((claim) => !used.has(claim.number));
    for (const claim of unused) this.#putBack(claim);
    const kept = [...this.#kept].filter(({ number }) => !used.has(number));
    const leftover = [...unused, ...kept].filter((claim) => isOf(claim, this.#request.holder));
    return ok({ ports: this.#inOrder(), leftover });
  }

  /**
   * In this order, whatever the order of the ports: a process may listen on the number of a port already, so that never
   * moves; then exact numbers; then numbers that an earlier object left; then numbers that still fit a changed port;
   * then new choices.
   */
  #takeAll(): Refusal | undefined {
    let open = this.#request.ports;
    if (!this.#mine.isEmpty) open = open.filter((port) => !this.#stay(port, this.#mine));
    const moved = this.#firstMoved();
    if (moved !== undefined) return moved;
    for (const port of open) {
      const refusal = port.number === undefined ? undefined : this.#takeExactly(port, port.number);
      if (refusal !== undefined) return refusal;
    }
    const chooser = new Chooser(this.#domain, this.#request, this.#context);
    for (const port of this.#withoutInherited(open.filter((each) => each.number === undefined))) {
      const number = chooser.choose(port);
      if (typeof number !== 'number') return number;
      this.#take(port, number);
      chooser.took({ ...port, number });
    }
    return undefined;
  }

  /** The refusal of a port that would get another number or shape although a pod borrows the present one. */
  #firstMoved(): Refusal | undefined {
    if (this.#lent.length === 0) return undefined;
    const stayed = new Map(this.#granted.map((port) => [port.name, port]));
    const isMoved = ({ number, port: name }: Claim): boolean => {
      const port = stayed.get(name);
      return port === undefined || number < port.number || number >= port.number + port.count;
    };
    const moved = this.#lent.find(([own]) => isMoved(own));
    return moved === undefined
      ? undefined
      : refuse.inUse(this.#request.holder.name, moved[0].port, moved[1].holder.name);
  }

  /** Those of `ports`, none of which has an exact number, that still need a new number. */
  #withoutInherited(ports: readonly PortRequest[]): readonly PortRequest[] {
    let open = this.#inherited.isEmpty ? ports : ports.filter((port) => !this.#stay(port, this.#inherited));
    for (const estate of [this.#mine, this.#inherited]) {
      if (estate.isEmpty) continue;
      // A port doesn't grow over another one that may keep its place.
      const undecided = new Set(open.map(({ name }) => name));
      open = open.filter((port) => !this.#refit(port, estate, undecided));
    }
    return open;
  }

  #usedNumbers(): ReadonlySet<number> {
    const used = new Set<number>();
    for (const { number: first, count } of this.#granted) {
      for (let number = first; number < first + count; number++) used.add(number);
    }
    return used;
  }

  #inOrder(): readonly GrantedPort[] {
    const byName = new Map(this.#granted.map((port) => [port.name, port]));
    return this.#request.ports.flatMap(({ name }) => byName.get(name) ?? []);
  }

  /** Removes an own claim during the plan, so that only other claims are in the way. */
  #lift(claim: Claim): void {
    const there = this.#domain.claimsOn(claim.number);
    const isAlone = there.length === 1 && there[0] === claim;
    this.#domain.write(claim.number, isAlone ? NOTHING : there.filter((other) => other !== claim));
  }

  /**
   * Keeps the numbers that `claims` have for `port`, exactly as it asks for them. Own numbers are kept although others
   * may claim them, because those came later. A pod that borrows a number which an earlier object left keeps borrowing
   * it.
   */
  #stay(port: PortRequest, estate: ClaimSet): boolean {
    const same = estate.of(port.name).filter((claim) => isFor(claim, port));
    const isInTheWay = (other: Claim) =>
      conflicts(other, port) && !estate.on(other.number).some((own) => own === other || isLoan(own, other));
    const undisputed = (number: number) => estate === this.#mine || !this.#domain.obstaclesOn(number).some(isInTheWay);
    const accepts = (number: number) => this.#mayChoose(port, number) && undisputed(number);
    const first = firstOfRun(same, port, accepts);
    if (first !== undefined) this.#take(port, first);
    return first !== undefined;
  }

  #takeExactly(port: PortRequest, first: number): Refusal | undefined {
    const mayHave = (number: number): boolean => this.#mayHave(number, this.#mine);
    const joined = this.#joinedBy({ ...port, number: first }, (name) => !this.#asks(name));
    for (const claim of joined) this.#lift(claim);
    const wide = { ...widened(port, joined), number: first };
    const refusal = refusalOf(this.#domain, this.#request, wide, mayHave);
    if (refusal === undefined) this.#take(port, first, joined);
    return refusal;
  }

  /**
   * Adds to the claim of `port` what pods may use of its numbers: under its own name, and under those for which
   * `alsoOf` is true.
   */
  #joinedBy(port: GrantedPort, alsoOf: (name: string) => boolean = () => false): ReadonlySet<Claim> {
    if (this.#kept.size === 0) return this.#kept;
    const there = numbersOf(port).flatMap((number) => this.#domain.claimsOn(number));
    return new Set(there.filter((claim) => this.#kept.has(claim) && (claim.port === port.name || alsoOf(claim.port))));
  }

  #asks(name: string): boolean {
    return this.#request.ports.some((port) => port.name === name);
  }

  /** Takes for `port` the numbers that `estate` has for it, changed to its present shape, if that fits. */
  #refit(port: PortRequest, estate: ClaimSet, undecided: Set<string>): boolean {
    const numbers = estate.of(port.name).map((claim) => claim.number);
    const ascending = numbers.sort((left, right) => left - right);
    undecided.delete(port.name);
    const first = ascending.find((start) => this.#fits({ ...port, number: start }, estate, undecided));
    if (first !== undefined) this.#take(port, first);
    return first !== undefined;
  }

  #fits(port: GrantedPort, estate: ClaimSet, undecided: ReadonlySet<string>): boolean {
    const joined = this.#joinedBy(port);
    const wide = widened(port, joined);
    for (let number = port.number; number < port.number + port.count; number++) {
      const obstacles = this.#domain.obstaclesOn(number);
      const isOpen =
        this.#mayHave(number, estate) &&
        !this.#chosen.has(number) &&
        !estate.on(number).some((claim) => undecided.has(claim.port)) &&
        isOpenTo(joined.size === 0 ? obstacles : obstacles.filter((claim) => !joined.has(claim)), wide);
      if (!isOpen) return false;
    }
    return true;
  }

  /** Whether the pool contains `number`; numbers in `estate` stay available after the pool has shrunk. */
  #mayHave(number: number, estate: ClaimSet): boolean {
    return estate.on(number).length > 0 || isOfPool(this.#domain, this.#request, number);
  }

  #mayChoose(port: PortRequest, number: number): boolean {
    return port.number === undefined ? !this.#chosen.has(number) : number >= port.number;
  }

  #take(port: PortRequest, first: number, joined = this.#joinedBy({ ...port, number: first })): void {
    const wide = widened(port, joined);
    for (let number = first; number < first + port.count; number++) {
      const had = this.#mine.on(number);
      const before = had.find((claim) => claim.port === port.name) ?? had[0];
      const there = this.#domain.claimsOn(number).filter((claim) => !joined.has(claim));
      const claim = this.#claimOn(number, wide, before);
      this.#domain.write(number, there.length === 0 ? [claim] : [...there, claim]);
      if (port.number === undefined) this.#chosen.add(number);
    }
    this.#granted.push({ ...port, number: first });
  }

  #claimOn(number: number, port: PortRequest, before: Claim | undefined): Claim {
    const claim = newClaim(this.#domain, this.#request, port, { number, now: this.#context.now });
    if (before === undefined) return claim;
    if (before.state !== 'held') return { ...claim, pool: before.pool };
    return isFor(before, port) ? before : { ...claim, pool: before.pool, state: 'held', time: before.time };
  }

  /** Restores a removed claim, unless the request uses its number and so replaces it. */
  #putBack(claim: Claim): void {
    this.#domain.write(claim.number, [...this.#domain.claimsOn(claim.number), claim]);
  }
}

/** The numbers of a granted port. */
function numbersOf({ number, count }: GrantedPort): readonly number[] {
  return Array.from({ length: count }, (_, at) => number + at);
}

/** `port`, extended to all uses that pods may make of it already, as `joined` says. */
function widened(port: PortRequest, joined: ReadonlySet<Claim>): PortRequest {
  let { protocols, address } = port;
  for (const claim of joined) {
    protocols |= claim.protocols;
    if (claim.address !== address) address = ANY_ADDRESS;
  }
  return { ...port, protocols, address };
}

/** Whether `claim` is exactly what `port` asks for. */
function isFor(claim: Claim, { name, protocols, address }: PortRequest): boolean {
  return claim.port === name && claim.protocols === protocols && claim.address === address;
}

/** Whether `claim` belongs to `holder` itself, not to an earlier object of its name. */
function isOf(claim: Claim, holder: Holder): boolean {
  return claim.holder.uid === holder.uid && claim.state !== 'cooling';
}

/**
 * The first run of numbers in `claims` that is long enough for `port`, at its exact number if it has one; undefined if
 * there is none.
 */
function firstOfRun(
  claims: readonly Claim[],
  { number: exact, count }: PortRequest,
  accepts: (number: number) => boolean,
): number | undefined {
  const numbers = new Set(claims.map((claim) => claim.number));
  const ascending = [...numbers].sort((left, right) => left - right);
  return ascending.find((first) => {
    if (exact !== undefined && first !== exact) return false;
    for (let number = first; number < first + count; number++) {
      if (!numbers.has(number) || !accepts(number)) return false;
    }
    return true;
  });
}
