import type { Random } from '../base/random.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Claim } from './claim.ts';
import { choose } from './choose.ts';
import { firstConflict } from './conflict.ts';
import type { Domain } from './domain.ts';
import { printRanges } from './range.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { Grant, GrantedPort, PortRequest, PortsRequest } from './request.ts';
import type { Company } from './strategy/index.ts';

/** What a plan needs beside the domain and the request. */
export interface PlanContext {
  /** Seconds since the epoch. */
  readonly now: number;
  readonly random: Random;
  /** By pool: what the requests of one write share. */
  readonly companies: Map<string, Company>;
}

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
  /** What the holder has, and what earlier objects of its name left to it. */
  readonly #mine: readonly Claim[] = NOTHING;
  readonly #inherited: readonly Claim[] = NOTHING;
  readonly #granted: GrantedPort[] = [];
  #added = 0;

  constructor(domain: Domain, request: PortsRequest, context: PlanContext) {
    this.#domain = domain;
    this.#request = request;
    this.#context = context;
    const known = domain.claimsOf(request.holder.key);
    if (known.length === 0) return;
    this.#mine = known.filter((claim) => claim.state !== 'cooling' && claim.holder.uid === request.holder.uid);
    this.#inherited = known.filter((claim) => claim.state === 'cooling' || request.gone.has(claim.holder.uid));
  }

  run(): Refusal | undefined {
    for (const claim of this.#mine) this.#lift(claim);
    for (const claim of this.#inherited) this.#lift(claim);
    const refusal = this.#takeAll();
    if (refusal === undefined) this.#putBack();
    return refusal;
  }

  grant(): Grant {
    const { ports } = this.#request;
    const granted = ports.map((port) => this.#granted.find(({ name }) => name === port.name)).filter((port) => port !== undefined);
    const leftover = this.#mine.filter((claim) => this.#domain.claimsOn(claim.number).includes(claim));
    return { ports: granted, added: this.#added, leftover };
  }

  /** Exact numbers come first, then those that are held, then inherited ones, then new choices: whatever the order of the ports. */
  #takeAll(): Refusal | undefined {
    const { ports } = this.#request;
    for (const port of ports) {
      const refusal = port.number === undefined ? undefined : this.#takeExactly(port, port.number);
      if (refusal !== undefined) return refusal;
    }
    let open = ports.filter((port) => port.number === undefined);
    if (this.#mine.length > 0) open = open.filter((port) => !this.#keep(port, this.#mine));
    if (this.#inherited.length > 0) open = open.filter((port) => !this.#keep(port, this.#inherited));
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

  #takeExactly(port: PortRequest, first: number): Refusal | undefined {
    const { pool, poolsWith, holder } = this.#request;
    for (let number = first; number < first + port.count; number++) {
      const has = this.#mine.some((claim) => claim.number === number);
      if (!has && !this.#domain.space(pool).includes(number)) {
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

  /** Takes the numbers that `claims` have for `port`, if they still do; false when they don't. */
  #keep(port: PortRequest, claims: readonly Claim[]): boolean {
    const numbers = claims.filter((claim) => claim.port === port.name).map((claim) => claim.number);
    if (numbers.length === 0) return false;
    const first = Math.min(...numbers);
    for (let number = first; number < first + port.count; number++) {
      const known = numbers.includes(number) || this.#domain.space(this.#request.pool).includes(number);
      const obstacles = this.#domain.obstaclesOn(number);
      const own = obstacles.some((claim) => claim.holder.uid === this.#request.holder.uid);
      if (!known || own || firstConflict(obstacles, port) !== undefined) return false;
    }
    this.#take(port, first);
    return true;
  }

  #take(port: PortRequest, first: number): void {
    const { holder, pool } = this.#request;
    for (let number = first; number < first + port.count; number++) {
      const before = this.#mine.find((claim) => claim.number === number);
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
        time: before?.time ?? this.#context.now,
      };
      this.#domain.write(number, there.length === 0 ? [claim] : [...there, claim]);
    }
    this.#granted.push({ ...port, number: first });
  }

  /** What was lifted and not taken again returns to its place. */
  #putBack(): void {
    for (const claim of [...this.#mine, ...this.#inherited]) {
      const there = this.#domain.claimsOn(claim.number);
      if (!there.some((other) => other.holder.key === claim.holder.key || firstConflict([other], claim))) {
        this.#domain.write(claim.number, [...there, claim]);
      }
    }
  }
}
