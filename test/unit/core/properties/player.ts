import type { Result } from '../../../../src/base/result.ts';
import { borrow, confirm, holder, subtractRanges } from '../../../../src/core/index.ts';
import type { Grant, Holder, Pool, PortRequest, Refusal } from '../../../../src/core/index.ts';
import { HOLDERS, PODS } from '../../../support/arbitraries/operation.ts';
import type { Operation } from '../../../support/arbitraries/operation.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, seen } from '../make.ts';

/** An ask and its answer. */
export interface Asked {
  readonly holder: Holder;
  readonly pool: Pool;
  readonly ports: readonly PortRequest[];
  readonly answer: Result<Grant, Refusal>;
}

/** Plays operations on a desk, and knows who lives and who is gone. */
export class Player {
  readonly desk = new Desk();
  /** Two that overlap, small enough to fill up, and one across the borders of groups. */
  readonly pools = [
    pool('20030-20036 20040-20041'),
    pool('20034-20045', { name: 'media' }),
    pool('20050-20130', { name: 'wide' }),
  ];
  readonly gone = new Set<string>();
  readonly #lives = Array<number>(HOLDERS).fill(1);
  readonly #podLives = Array<number>(PODS).fill(1);

  holder(who: number): Holder {
    return allocation(`holder-${who}`, `holder-${who}-life-${this.#lives[who] ?? 0}`);
  }

  /** A pod in its life: with its token before it is seen, with its UID after. */
  pod(which: number): { readonly coming: Holder; readonly there: Holder } {
    const name = `pod-${which}`;
    const life = `${name}-life-${this.#podLives[which] ?? 0}`;
    const as = (uid: string): Holder => holder({ group: '', kind: 'Pod', namespace: 'arena', name, uid });
    return { coming: as(`${life}-token`), there: as(life) };
  }

  /** Does `operation`; the answer if it asked for something. */
  play(operation: Operation): Asked | undefined {
    const { domain } = this.desk;
    switch (operation.does) {
      case 'ask':
        return this.ask(operation);
      case 'release':
        this.desk.release(this.holder(operation.who), operation.cooldown);
        return undefined;
      case 'replace':
        if (operation.known) this.gone.add(this.holder(operation.who).uid);
        this.#lives[operation.who] = (this.#lives[operation.who] ?? 0) + 1;
        return undefined;
      case 'borrow':
        this.#borrow(operation.who, operation.pod, operation.isRetry);
        return undefined;
      case 'see': {
        const { coming, there } = this.pod(operation.pod);
        this.desk.write(() => confirm(domain, coming.uid, there, this.desk.now));
        return undefined;
      }
      case 'leave': {
        const { coming, there } = this.pod(operation.pod);
        for (const each of [coming, there]) this.desk.release(each, operation.cooldown);
        return undefined;
      }
      case 'wait':
        this.desk.wait(operation.seconds);
        return undefined;
      case 'observe':
        domain.observe(operation.number, [
          seen(operation.number, { protocols: operation.protocols, address: operation.address }),
        ]);
        return undefined;
      case 'look away':
        domain.observe(operation.number, []);
        return undefined;
      case 'cut':
        this.#cut(operation.pool, operation.number);
        return undefined;
    }
  }

  ask({ who, pool: at, strategy, start, ports }: Extract<Operation, { does: 'ask' }>): Asked {
    const from = this.pools[at];
    if (from === undefined) throw new Error(`there is no pool ${at}`);
    const by = this.holder(who);
    const answer = this.desk.ask(by, from, ports, { strategy, start, gone: this.gone });
    return { holder: by, pool: from, ports, answer };
  }

  #borrow(who: number, which: number, isRetry: boolean): void {
    const gone = new Set(isRetry ? [this.pod(which).coming.uid] : []);
    if (isRetry) this.#podLives[which] = (this.#podLives[which] ?? 0) + 1;
    const request = { lender: this.holder(who), borrower: this.pod(which).coming, until: this.desk.now + 45, gone };
    this.desk.write(() => borrow(this.desk.domain, request));
  }

  #cut(at: number, number: number): void {
    const cut = this.pools[at];
    if (cut !== undefined)
      this.pools[at] = { ...cut, usable: subtractRanges(cut.usable, [{ first: number, last: number }]) };
  }
}
