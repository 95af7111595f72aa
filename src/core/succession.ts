import { isUse } from './claim.ts';
import type { Claim } from './claim.ts';
import { firstRival } from './conflict.ts';
import type { Domain } from './domain.ts';
import type { Holder } from './holder.ts';
import { claimsHeldBy } from './release.ts';

/**
 * Has `heir` hold everything that earlier objects of its name still hold; what it doesn't need it can release
 * afterwards. Must run inside a transaction.
 * @param gone the UIDs of the earlier objects
 */
export function passOn(domain: Domain, gone: ReadonlySet<string>, heir: Holder): void {
  const isLeft = (claim: Claim): boolean => isUse(claim) && claim.holder.key === heir.key && gone.has(claim.holder.uid);
  for (const { number } of domain.claimsOf(heir.key).filter(isLeft)) {
    const there = domain.claimsOn(number);
    domain.write(
      number,
      there.map((claim) => (isLeft(claim) ? { ...claim, holder: heir } : claim)),
    );
  }
}

/**
 * Writes claims of `heir` beside those that `lender` has for `ports`, as for a loan: the number is taken until neither
 * is left. A port for which the heir has another number keeps that one. Must run inside a transaction.
 */
export function takeOver(domain: Domain, lender: Holder, heir: Holder, ports: ReadonlySet<string>): void {
  const lent = claimsHeldBy(domain, lender).filter(({ state, port }) => state === 'held' && ports.has(port));
  const numbers = new Set(lent.map(({ number, port }) => `${number} ${port}`));
  const own = claimsHeldBy(domain, heir);
  const moved = new Set(own.filter(({ number, port }) => !numbers.has(`${number} ${port}`)).map(({ port }) => port));
  const known = new Set(own.map(({ number, port }) => `${number} ${port}`));
  for (const claim of lent) {
    if (moved.has(claim.port) || known.has(`${claim.number} ${claim.port}`)) continue;
    const there = domain.claimsOn(claim.number);
    const beside: Claim = { ...claim, holder: heir };
    if (firstRival(there.filter(isUse), beside) === undefined) domain.write(claim.number, [...there, beside]);
  }
}
