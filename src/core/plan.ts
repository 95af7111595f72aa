import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Domain } from './domain.ts';
import { planAgain } from './plan-again.ts';
import { planAnew } from './plan-anew.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { chargedBetween } from './tally.ts';
import type { Grant, PlanContext, PortsRequest } from './request.ts';

/** The most numbers of one request: to plan and to write more would keep the event loop from others for over 50 ms. */
export const MOST_NUMBERS = 10_000;

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
