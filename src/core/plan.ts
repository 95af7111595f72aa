import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { Chooser } from './choose.ts';
import type { Claim } from './claim.ts';
import type { Domain } from './domain.ts';
import { isOfPool, newClaim, refusalOf } from './exact.ts';
import { planAgain } from './plan-again.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { Grant, GrantedPort, PlanContext, Planned, PortsRequest } from './request.ts';
import { chargedBetween } from './tally.ts';

/** The most numbers of one request: to plan and to write more would keep the event loop from others for over 50 ms. */
export const MOST_NUMBERS = 10_000;

const NOTHING: readonly Claim[] = [];

/**
 * Meets `request` in `domain` as a whole, or refuses and leaves the domain as it was. Must run inside a transaction:
 * a dry run is the same call with a rollback after it.
 *
 * Asking again with the same holder and port names gives the same numbers and writes the same claims. Numbers that
 * the holder had and doesn't need are usable by the request itself; those that remain are the grant's `leftover`.
 */
export function plan(domain: Domain, request: PortsRequest, context: PlanContext): Result<Grant, Refusal> {
  const wanted = request.ports.reduce((sum, { count }) => sum + count, 0);
  if (wanted > MOST_NUMBERS) return err(refuse.tooMany(wanted, MOST_NUMBERS));
  const mark = domain.mark();
  const { namespace } = request.holder;
  const before = domain.tally.heldBy(namespace);
  const known = domain.claimsOf(request.holder.key);
  const planned = known.length === 0 ? planAnew(domain, request, context) : planAgain(domain, request, context, known);
  if (!planned.ok) {
    domain.undoTo(mark);
    return planned;
  }
  const { ports, leftover } = planned.value;
  return ok({ ports, leftover, charged: chargedBetween(before, domain.tally.heldBy(namespace)) });
}

/**
 * Meets a request whose holder's name has no claim yet: first exact numbers, whatever the order of the ports, then new
 * choices. Most requests are of this kind, so this is kept short. After a refusal the caller undoes the writes.
 */
function planAnew(domain: Domain, request: PortsRequest, context: PlanContext): Result<Planned, Refusal> {
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

/** Writes the claims of `port`. */
function take(domain: Domain, request: PortsRequest, port: GrantedPort, { now }: PlanContext): void {
  for (let number = port.number; number < port.number + port.count; number++) {
    const there = domain.claimsOn(number);
    const claim = newClaim(domain, request, port, { number, now });
    domain.write(number, there.length === 0 ? [claim] : [...there, claim]);
  }
}
