import type { Claim } from './claim.ts';
import { MOST_CLAIMS, firstConflict, isLoan } from './conflict.ts';
import type { Domain } from './domain.ts';
import { NO_POOL } from './pool.ts';
import { printRanges } from './range.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { GrantedPort, PortRequest, PortsRequest } from './request.ts';

/**
 * Why `port` can't have the exact numbers that it names; undefined if it can.
 * @param mayHave whether the holder may have a number, as far as the pool is concerned
 */
export function refusalOf(
  domain: Domain,
  { pool, poolsWith, holder }: PortsRequest,
  port: GrantedPort,
  mayHave: (number: number) => boolean,
): Refusal | undefined {
  for (let number = port.number; number < port.number + port.count; number++) {
    if (port.anywhere !== true && !mayHave(number)) {
      return refuse.outsidePool(number, pool.name, printRanges(pool.usable), poolsWith(number));
    }
    const obstacles = domain.obstaclesOn(number);
    const conflict = firstConflict(obstacles, port);
    const wanted = { number, port: port.name };
    if (conflict === undefined) {
      if (obstacles.length >= MOST_CLAIMS) return refuse.crowded(wanted, obstacles.length);
      continue;
    }
    if (conflict.holder.uid === holder.uid) return refuse.heldBySelf(wanted, conflict.port);
    const lender = obstacles.find((other) => isLoan(other, conflict));
    return refuse.held(wanted, lender ?? conflict);
  }
  return undefined;
}

/** The claim of a holder that had no claim on the number before. */
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
