import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { Chooser } from './choose.ts';
import type { Claim } from './claim.ts';
import type { Domain } from './domain.ts';
import { refusalOf } from './exact.ts';
import { NO_POOL } from './pool.ts';
import type { Refusal } from './refusal.ts';
import type { GrantedPort, PlanContext, Planned, PortRequest, PortsRequest } from './request.ts';

const NOTHING: readonly Claim[] = [];

/**
 * Meets a request in whose holder's name there is nothing yet: exact numbers first, whatever the order of the ports, then
 * new choices. Most requests are such, so this is kept short. On a refusal the caller undoes what was written.
 */
export function planAnew(domain: Domain, request: PortsRequest, context: PlanContext): Result<Planned, Refusal> {
  const { ports } = request;
  const granted: GrantedPort[] = [];
  if (ports.some(({ number }) => number !== undefined)) {
    const mayHave = (number: number): boolean => isOfPool(domain, request, number);
    for (const [at, port] of ports.entries()) {
      if (port.number === undefined) continue;
      const exact = { ...port, number: port.number };
      const refusal = refusalOf(domain, request, exact, mayHave);
      if (refusal !== undefined) return err(refusal);
      take(domain, request, exact, context);
      granted[at] = exact;
    }
  }
  const chooser = new Chooser(domain, request, context);
  for (const [at, port] of ports.entries()) {
    if (port.number !== undefined) continue;
    const number = chooser.choose(port);
    if (typeof number !== 'number') return err(number);
    const chosen = { ...port, number };
    take(domain, request, chosen, context);
    chooser.took(chosen);
    granted[at] = chosen;
  }
  return ok({ ports: granted, leftover: NOTHING });
}

/** Writes down what `port` was given. */
function take(domain: Domain, request: PortsRequest, port: GrantedPort, { now }: PlanContext): void {
  for (let number = port.number; number < port.number + port.count; number++) {
    const there = domain.claimsOn(number);
    const claim = newClaim(domain, request, port, { number, now });
    domain.write(number, there.length === 0 ? [claim] : [...there, claim]);
  }
}

/** The claim of a holder that had nothing on the number before. */
export function newClaim(
  domain: Domain,
  request: PortsRequest,
  { name, protocols, address, anywhere }: PortRequest,
  { number, now }: { readonly number: number; readonly now: number },
): Claim {
  const { holder, pool, until } = request;
  return {
    number,
    protocols,
    address,
    pool: anywhere === true && !isOfPool(domain, request, number) ? (request.poolOf?.(number) ?? NO_POOL) : pool.name,
    holder,
    port: name,
    state: until === undefined ? 'held' : 'reserved',
    time: until ?? now,
  };
}

/** Whether the pool of `request` hands out `number`. */
export function isOfPool(domain: Domain, { pool }: PortsRequest, number: number): boolean {
  return domain.space(pool).includes(number);
}
