import { OPEN } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { ok } from '../base/result.ts';
import { passOn, takeOver } from '../core/index.ts';
import type { Domain, Holder } from '../core/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { Ledger } from '../ledger/index.ts';

/**
 * Has a role take over numbers: those of an earlier object of its name, or those of an allocation that an earlier version
 * made for it (ADR 24).
 */
export class Takeover {
  readonly #ledger: Ledger;
  readonly #fence: Fence;

  /** @param fence nothing is written once it is closed */
  constructor(ledger: Ledger, fence: Fence = OPEN) {
    this.#ledger = ledger;
    this.#fence = fence;
  }

  /**
   * Has `heir` hold everything that earlier objects of its name hold; `gone` are the UIDs of those that no longer
   * exist, according to the API server.
   * @throws if the ledger can't be written
   */
  async passOn(gone: ReadonlySet<string>, heir: Holder, signal: AbortSignal): Promise<void> {
    await this.#commit((domain) => passOn(domain, gone, heir), signal);
  }

  /**
   * Writes claims of `heir` beside those of `lender` for `ports`: either holder may be released first.
   * @throws if the ledger can't be written
   */
  async takeOver(lender: Holder, heir: Holder, ports: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    await this.#commit((domain) => takeOver(domain, lender, heir, ports), signal);
  }

  async #commit(change: (domain: Domain) => void, signal: AbortSignal): Promise<void> {
    const work = (domain: Domain) => {
      change(domain);
      return ok(undefined);
    };
    const done = await this.#ledger.commit(CLUSTER, work, { signal, fence: this.#fence });
    if (!done.ok) throw new Error(done.error.message);
  }
}
