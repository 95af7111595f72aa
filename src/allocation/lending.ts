import type { Clock } from '../base/clock.ts';
import { fencedUntil } from '../base/fence.ts';
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { borrow, borrowersOf, claimsHeldBy, conflicts, isLoan } from '../core/index.ts';
import type { Claim, GrantedPort, Holder, LoanRequest, Refusal } from '../core/index.ts';
import type { DomainKey, Ledger, Work } from '../ledger/index.ts';
import type { HostUse } from './host-uses.ts';
import type { Liveness } from './liveness.ts';
import { allocationOf } from './records.ts';

/** A pod that is being created and borrows the numbers of a PortAllocation. */
export interface Loan {
  readonly lender: Holder;
  /** The domain of the lender's numbers. */
  readonly domain: DomainKey;
  /** The pod; its UID is the token of its reservation. */
  readonly borrower: Holder;
  /** When the reservation ends, in seconds since the epoch. */
  readonly until: number;
  /** Tokens of earlier creates of the pod that failed: what they borrowed passes to it. */
  readonly insteadOf: readonly string[];
}

/** Converts the lender's ports for the borrower, or refuses because the borrower can't use them: then nothing is lent. */
type Reading<T> = (ports: readonly GrantedPort[]) => Result<T, Refusal>;

/**
 * Has pods borrow the numbers of PortAllocations, one pod at a time (T7). A loan is a claim of the pod beside that of
 * the allocation, and ends as any claim of a pod does. Any number of managers may do so at once.
 */
export class Lending {
  readonly #ledger: Ledger;
  readonly #liveness: Liveness;
  readonly #clock: Clock;

  constructor(parts: { readonly ledger: Ledger; readonly liveness: Liveness; readonly clock: Clock }) {
    this.#ledger = parts.ledger;
    this.#liveness = parts.liveness;
    this.#clock = parts.clock;
  }

  /**
   * Has the borrower borrow all numbers of the lender, or refuses: another pod borrows them, there are none, or `read`
   * refuses.
   */
  async borrow<T>(loan: Loan, read: Reading<T>, signal: AbortSignal): Promise<Result<T, Refusal>> {
    const work = borrowAll({ ...loan, gone: await this.#goneBorrowers(loan, signal) }, read);
    const fence = fencedUntil(this.#clock, loan.until, 'it took too long');
    return this.#ledger.commit(loan.domain, work, { signal, fence });
  }

  /** The answer that {@link borrow} would give now. Writes nothing. */
  async dryRun<T>(loan: Loan, read: Reading<T>, signal: AbortSignal): Promise<Result<T, Refusal>> {
    return this.#ledger.dryRun(
      loan.domain,
      borrowAll({ ...loan, gone: await this.#goneBorrowers(loan, signal) }, read),
    );
  }

  /** Whether the ledger has numbers for `lender`. */
  hasNumbers(lender: Holder, key: DomainKey): boolean {
    return claimsHeldBy(this.#ledger.domain(key), lender).length > 0;
  }

  /** The name of the pod that borrows the numbers of `lender`, seen or not; undefined if none does. */
  borrowerOf(lender: Holder, key: DomainKey): string | undefined {
    return borrowersOf(this.#ledger.domain(key), lender)[0]?.holder.name;
  }

  /**
   * The claims that a running pod has borrowed, by lender, as far as the host ports of its spec prove it: all numbers
   * of each allocation in its namespace that contains one of them.
   */
  provenBy(borrower: Holder, uses: readonly HostUse[], key: DomainKey): readonly (readonly Claim[])[] {
    const domain = this.#ledger.domain(key);
    const lenders = new Map<string, Holder>();
    for (const use of uses) {
      for (const claim of domain.claimsOn(use.number)) {
        if (claim.state !== 'held' || !conflicts(claim, use)) continue;
        if (isLoan(claim, { ...claim, holder: borrower })) lenders.set(claim.holder.uid, claim.holder);
      }
    }
    return [...lenders.values()].map((lender) => claimsHeldBy(domain, lender));
  }

  /** UIDs and tokens of borrowers that no longer exist, according to the API server. */
  async #goneBorrowers({ lender, domain, insteadOf }: Loan, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const gone = new Set(insteadOf);
    const now = this.#clock.now() / 1000;
    // The pod of a current reservation may still appear.
    const others = borrowersOf(this.#ledger.domain(domain), lender).filter(
      ({ state, time }) => state === 'held' || time <= now,
    );
    for (const { holder } of new Map(others.map((claim) => [claim.holder.uid, claim])).values()) {
      if (!gone.has(holder.uid) && (await this.#liveness.isGone(holder, signal, domain))) gone.add(holder.uid);
    }
    return gone;
  }
}

function borrowAll<T>(request: LoanRequest, read: Reading<T>): Work<T> {
  return (domain) => {
    const mark = domain.mark();
    const lent = borrow(domain, request);
    const answer = lent.ok ? read(allocationOf(lent.value).ports) : lent;
    if (!answer.ok) domain.undoTo(mark);
    return answer.ok ? ok(answer.value) : answer;
  };
}
