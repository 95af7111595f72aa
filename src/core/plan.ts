import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Claim } from './claim.ts';
import { choose } from './choose.ts';
import { firstConflict } from './conflict.ts';
import type { Domain } from './domain.ts';
import { printRanges } from './range.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { Grant, GrantedPort, PlanContext, PortRequest, PortsRequest } from './request.ts';

const NOTHING: readonly Claim[] = [];

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
  readonly #mine: readonly Claim[] = NOTHING;
  readonly #inherited: readonly Claim[] = NOTHING;
  readonly #granted: GrantedPort[] = [];
  /** Numbers taken for ports that name none: they differ from each other, whatever their protocols. */
  readonly #chosen: number[] = [];
  #added = 0;

  constructor(domain: Domain, request: PortsRequest, context: PlanContext) {
    this.#domain = domain;
    this.#request = request;
    this.#context = context;
    const { holder, pool, gone } = request;
    const known = domain.claimsOf(holder.key);
    if (known.length === 0) return;
    this.#mine = known.filter(({ state, holder: by }) => state !== 'cooling' && by.uid === holder.uid);
    this.#inherited = known.filter(
      (claim) => claim.pool === pool.name && (claim.state === 'cooling' || gone.has(claim.holder.uid)),
    );
  }

  run(): Refusal | undefined {
    for (const claim of this.#mine) this.#lift(claim);
    for (const claim of this.#inherited) this.#lift(claim);
    const refusal = this.#takeAll();
    if (refusal !== undefined) return refusal;
    for (const claim of this.#mine) this.#putBack(claim);
    for (const claim of this.#inherited) this.#putBack(claim);
    return undefined;
  }

  grant(): Grant {
    const granted = this.#request.ports.map(({ name }) => this.#granted.find((port) => port.name === name));
    const leftover = this.#mine.filter((claim) => this.#domain.claimsOn(claim.number).includes(claim));
    return { ports: granted.filter((port) => port !== undefined), added: this.#added, leftover };
  }

  /**
   * In this order, whatever the order of the ports: a process may listen already on what a port has, so that never
   * moves; then exact numbers; then what an earlier object left; then what still fits a port that was changed; then
   * new choices.
   */
  #takeAll(): Refusal | undefined {
    let open = this.#request.ports;
    if (this.#mine.length > 0) open = open.filter((port) => !this.#stay(port, this.#mine));
    for (const port of open) {
      const refusal = port.number === undefined ? undefined : this.#takeExactly(port, port.number);
      if (refusal !== undefined) return refusal;
    }
    open = open.filter((port) => port.number === undefined);
    if (this.#inherited.length > 0) open = open.filter((port) => !this.#stay(port, this.#inherited));
    if (this.#mine.length > 0) open = open.filter((port) => !this.#refit(port, this.#mine));
    if (this.#inherited.length > 0) open = open.filter((port) => !this.#refit(port, this.#inherited));
    for (const port of open) {
      const number = choose(this.#domain, this.#request, port, this.#context);
      if (typeof number !== 'number') return number;
      this.#take(port, number);
    }
    return undefined;
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
  #stay(port: PortRequest, claims: readonly Claim[]): boolean {
    const same = claims.filter((claim) => isFor(claim, port));
    const undisputed = (number: number) =>
      claims === this.#mine || firstConflict(this.#domain.obstaclesOn(number), port) === undefined;
    const accepts = (number: number) => this.#mayChoose(port, number) && undisputed(number);
    const first = firstOfRun(same, port, accepts);
    if (first !== undefined) this.#take(port, first);
    return first !== undefined;
  }

  #takeExactly(port: PortRequest, first: number): Refusal | undefined {
    const { pool, poolsWith, holder } = this.#request;
    for (let number = first; number < first + port.count; number++) {
      if (!this.#mayHave(number, this.#mine)) {
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

  /** Takes for `port` the numbers that `claims` have for it, changed to what it asks for, if that fits. */
  #refit(port: PortRequest, claims: readonly Claim[]): boolean {
    const numbers = claims.filter((claim) => claim.port === port.name).map((claim) => claim.number);
    const ascending = numbers.sort((left, right) => left - right);
    const first = ascending.find((start) => this.#fits(port, start, claims));
    if (first !== undefined) this.#take(port, first);
    return first !== undefined;
  }

  #fits(port: PortRequest, start: number, claims: readonly Claim[]): boolean {
    for (let number = start; number < start + port.count; number++) {
      if (!this.#mayHave(number, claims) || !this.#mayChoose(port, number)) return false;
      if (firstConflict(this.#domain.obstaclesOn(number), port) !== undefined) return false;
    }
    return true;
  }

  /** Whether `number` is of the pool; what one of `claims` has stays available when the pool has shrunk. */
  #mayHave(number: number, claims: readonly Claim[]): boolean {
    return claims.some((claim) => claim.number === number) || this.#domain.space(this.#request.pool).includes(number);
  }

  #mayChoose(port: PortRequest, number: number): boolean {
    return port.number === undefined ? !this.#chosen.includes(number) : number >= port.number;
  }

  #take(port: PortRequest, first: number): void {
    const { holder, pool } = this.#request;
    for (let number = first; number < first + port.count; number++) {
      const had = this.#mine.filter((claim) => claim.number === number);
      const before = had.find((claim) => claim.port === port.name) ?? had[0];
      const there = this.#domain.claimsOn(number);
      if (before === undefined && !there.some((claim) => claim.holder === holder)) this.#added++;
      const claim: Claim = {
        number,
        protocols: port.protocols,
        address: port.address,
        pool: before?.pool ?? pool.name,
        holder,
        port: port.name,
        state: 'held',
        time: before?.state === 'held' ? before.time : this.#context.now,
      };
      this.#domain.write(number, there.length === 0 ? [claim] : [...there, claim]);
      if (port.number === undefined) this.#chosen.push(number);
    }
    this.#granted.push({ ...port, number: first });
  }

  /** What was lifted returns to its place, unless the request has a use for the number: then that replaces it. */
  #putBack(claim: Claim): void {
    const used = this.#granted.some(({ number, count }) => claim.number >= number && claim.number < number + count);
    if (!used) this.#domain.write(claim.number, [...this.#domain.claimsOn(claim.number), claim]);
  }
}

/** Whether `claim` is what `port` asks for. */
function isFor(claim: Claim, { name, protocols, address }: PortRequest): boolean {
  return claim.port === name && claim.protocols === protocols && claim.address === address;
}

/** Where `claims` have as many numbers in a row as `port` asks for, at its exact number if it has one; or undefined. */
function firstOfRun(
  claims: readonly Claim[],
  { number: exact, count }: PortRequest,
  accepts: (number: number) => boolean,
): number | undefined {
  const numbers = claims.map((claim) => claim.number).sort((left, right) => left - right);
  return numbers.find((first) => {
    if (exact !== undefined && first !== exact) return false;
    for (let number = first; number < first + count; number++) {
      if (!numbers.includes(number) || !accepts(number)) return false;
    }
    return true;
  });
}
