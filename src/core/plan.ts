import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Claim } from './claim.ts';
import { choose } from './choose.ts';
import { firstConflict } from './conflict.ts';
import type { Domain } from './domain.ts';
import type { Holder } from './holder.ts';
import { Estate, NO_ESTATE } from './estate.ts';
import { NO_POOL } from './pool.ts';
import { printRanges } from './range.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { Grant, GrantedPort, PlanContext, PortRequest, PortsRequest } from './request.ts';

/**
 * Meets `request` in `domain` as a whole, or refuses and leaves the domain as it was. Must run inside a transaction:
 * a dry run is the same call with a rollback after it.
 *
 * Asking again with the same holder and port names gives the same numbers and writes the same claims. Numbers that
 * the holder had and doesn't need are usable by the request itself; those that remain are the grant's `leftover`.
 */
export function plan(domain: Domain, request: PortsRequest, context: PlanContext): Result<Grant, Refusal> {
  const mark = domain.mark();
  const planning = new Planning(domain, request, context);
  const refusal = planning.run();
  if (refusal === undefined) return ok(planning.grant());
  domain.undoTo(mark);
  return err(refusal);
}

class Planning {
  readonly #domain: Domain;
  readonly #request: PortsRequest;
  readonly #context: PlanContext;
  /** What the holder has, and what earlier objects of its name left to it in this pool. */
  readonly #mine: Estate = NO_ESTATE;
  readonly #inherited: Estate = NO_ESTATE;
  /** What stands in nobody's way but the holder's: taken out for the time of the plan. */
  readonly #lifted: readonly Claim[] = NO_ESTATE.claims;
  readonly #granted: GrantedPort[] = [];
  /** Numbers taken for ports that name none: they differ from each other, whatever their protocols. */
  readonly #chosen: Set<number> | undefined;
  #added = 0;
  #leftover = NO_ESTATE.claims;

  constructor(domain: Domain, request: PortsRequest, context: PlanContext) {
    this.#domain = domain;
    this.#request = request;
    this.#context = context;
    const { holder, pool, gone } = request;
    const known = domain.claimsOf(holder.key);
    // Newcomers have nothing that could be in each other's way, and they are most of all.
    if (known.length === 0) return;
    this.#chosen = new Set();
    const mine = known.filter((claim) => isOf(claim, holder));
    const left = known.filter(({ state, holder: by }) => state === 'cooling' || gone.has(by.uid));
    this.#mine = new Estate(mine);
    this.#inherited = new Estate(left.filter((claim) => claim.pool === pool.name || claim.pool === NO_POOL));
    this.#lifted = [...mine, ...left];
  }

  run(): Refusal | undefined {
    for (const claim of this.#lifted) this.#lift(claim);
    const refusal = this.#takeAll();
    if (refusal !== undefined || this.#lifted.length === 0) return refusal;
    const used = new Set(this.#granted.flatMap(numbersOf));
    const unused = this.#lifted.filter((claim) => !used.has(claim.number));
    for (const claim of unused) this.#putBack(claim);
    this.#leftover = unused.filter((claim) => isOf(claim, this.#request.holder));
    return undefined;
  }

  grant(): Grant {
    return { ports: this.#inOrder(), added: this.#added, leftover: this.#leftover };
  }

  /**
   * In this order, whatever the order of the ports: a process may listen already on what a port has, so that never
   * moves; then exact numbers; then what an earlier object left; then what still fits a port that was changed; then
   * new choices.
   */
  #takeAll(): Refusal | undefined {
    let open = this.#request.ports;
    if (!this.#mine.isEmpty) open = open.filter((port) => !this.#stay(port, this.#mine));
    for (const port of open) {
      const refusal = port.number === undefined ? undefined : this.#takeExactly(port, port.number);
      if (refusal !== undefined) return refusal;
    }
    if (this.#lifted.length > 0) open = this.#withoutInherited(open.filter((port) => port.number === undefined));
    for (const port of open) {
      if (port.number !== undefined) continue;
      const number = choose(this.#domain, this.#request, port, this.#context);
      if (typeof number !== 'number') return number;
      this.#take(port, number);
    }
    return undefined;
  }

  /** What of `ports`, none of which names a number, still needs a new one. */
  #withoutInherited(ports: readonly PortRequest[]): readonly PortRequest[] {
    let open = this.#inherited.isEmpty ? ports : ports.filter((port) => !this.#stay(port, this.#inherited));
    for (const estate of [this.#mine, this.#inherited]) {
      if (estate.isEmpty) continue;
      // A port doesn't grow over another that may stay where it is.
      const undecided = new Set(open.map(({ name }) => name));
      open = open.filter((port) => !this.#refit(port, estate, undecided));
    }
    return open;
  }

  #inOrder(): readonly GrantedPort[] {
    if (this.#granted.length === 1) return this.#granted;
    const byName = new Map(this.#granted.map((port) => [port.name, port]));
    return this.#request.ports.flatMap(({ name }) => byName.get(name) ?? []);
  }

  /** Takes one's own claim away for the time of the plan, so that only others are in the way. */
  #lift(claim: Claim): void {
    const rest = this.#domain.claimsOn(claim.number).filter((other) => other !== claim);
    this.#domain.write(claim.number, rest);
  }

  /**
   * Takes the numbers that `claims` have for `port` just as it asks for them. Of one's own, whoever else says that
   * they are theirs: they came later.
   */
  #stay(port: PortRequest, estate: Estate): boolean {
    const same = estate.of(port.name).filter((claim) => isFor(claim, port));
    const undisputed = (number: number) =>
      estate === this.#mine || firstConflict(this.#domain.obstaclesOn(number), port) === undefined;
    const accepts = (number: number) => this.#mayChoose(port, number) && undisputed(number);
    const first = firstOfRun(same, port, accepts);
    if (first !== undefined) this.#take(port, first);
    return first !== undefined;
  }

  #takeExactly(port: PortRequest, first: number): Refusal | undefined {
    const { pool, poolsWith, holder } = this.#request;
    for (let number = first; number < first + port.count; number++) {
      if (port.anywhere !== true && !this.#mayHave(number, this.#mine)) {
        return refuse.outsidePool(number, pool.name, printRanges(pool.usable), poolsWith(number));
      }
      const conflict = firstConflict(this.#domain.obstaclesOn(number), port);
      if (conflict === undefined) continue;
      const wanted = { number, port: port.name };
      if (conflict.holder.uid === holder.uid) return refuse.heldBySelf(wanted, conflict.port);
      return refuse.held(wanted, conflict);
    }
    this.#take(port, first);
    return undefined;
  }

  /** Takes for `port` the numbers that `estate` has for it, changed to what it asks for, if that fits. */
  #refit(port: PortRequest, estate: Estate, undecided: Set<string>): boolean {
    const numbers = estate.of(port.name).map((claim) => claim.number);
    const ascending = numbers.sort((left, right) => left - right);
    undecided.delete(port.name);
    const first = ascending.find((start) => this.#fits({ ...port, number: start }, estate, undecided));
    if (first !== undefined) this.#take(port, first);
    return first !== undefined;
  }

  #fits(port: GrantedPort, estate: Estate, undecided: ReadonlySet<string>): boolean {
    return numbersOf(port).every(
      (number) =>
        this.#mayHave(number, estate) &&
        this.#chosen?.has(number) !== true &&
        !estate.on(number).some((claim) => undecided.has(claim.port)) &&
        firstConflict(this.#domain.obstaclesOn(number), port) === undefined,
    );
  }

  /** Whether `number` is of the pool; what `estate` has stays available when the pool has shrunk. */
  #mayHave(number: number, estate: Estate): boolean {
    return estate.on(number).length > 0 || this.#isOfPool(number);
  }

  #mayChoose(port: PortRequest, number: number): boolean {
    return port.number === undefined ? this.#chosen?.has(number) !== true : number >= port.number;
  }

  #take(port: PortRequest, first: number): void {
    const { holder } = this.#request;
    for (let number = first; number < first + port.count; number++) {
      const had = this.#mine.on(number);
      const before = had.find((claim) => claim.port === port.name) ?? had[0];
      const there = this.#domain.claimsOn(number);
      // What passes on was counted already, for the earlier object.
      const counted = before !== undefined || this.#inherited.on(number).some(({ state }) => state !== 'cooling');
      if (!counted && !there.some((claim) => claim.holder === holder)) this.#added++;
      const claim = this.#claimOn(number, port, before);
      this.#domain.write(number, there.length === 0 ? [claim] : [...there, claim]);
      if (port.number === undefined) this.#chosen?.add(number);
    }
    this.#granted.push({ ...port, number: first });
  }

  #claimOn(number: number, port: PortRequest, before: Claim | undefined): Claim {
    const { holder, pool, until } = this.#request;
    const state = until === undefined || before?.state === 'held' ? 'held' : 'reserved';
    if (before !== undefined && state === 'held' && isSettled(before, port)) return before;
    const { protocols, address, name } = port;
    const since = before?.state === 'held' ? before.time : this.#context.now;
    return {
      number,
      protocols,
      address,
      pool: before?.pool ?? (port.anywhere === true && !this.#isOfPool(number) ? NO_POOL : pool.name),
      holder,
      port: name,
      state,
      time: state === 'held' ? since : (until ?? since),
    };
  }

  #isOfPool(number: number): boolean {
    return this.#domain.space(this.#request.pool).includes(number);
  }

  /** What was lifted returns to its place; not where the request uses the number, which replaces it. */
  #putBack(claim: Claim): void {
    this.#domain.write(claim.number, [...this.#domain.claimsOn(claim.number), claim]);
  }
}

/** The numbers that a port was given. */
function numbersOf({ number, count }: GrantedPort): readonly number[] {
  return Array.from({ length: count }, (_, at) => number + at);
}

/** Whether `claim` is what `port` asks for. */
function isFor(claim: Claim, { name, protocols, address }: PortRequest): boolean {
  return claim.port === name && claim.protocols === protocols && claim.address === address;
}

/** Whether nothing of `claim` changes when `port` takes its number: the same value then, so that it is seen at once. */
function isSettled(claim: Claim, port: PortRequest): boolean {
  return claim.state === 'held' && isFor(claim, port);
}

/** Whether `claim` keeps others away for `holder` itself, and not for an earlier object of its name. */
function isOf(claim: Claim, holder: Holder): boolean {
  return claim.holder.uid === holder.uid && claim.state !== 'cooling';
}

/** Where `claims` have as many numbers in a row as `port` asks for, at its exact number if it has one; or undefined. */
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
