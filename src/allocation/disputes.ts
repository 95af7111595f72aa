import { printHolder } from '../core/index.ts';
import type { Dispute } from './audit.ts';

/** What the last sweep found disputed, by the UID of the holder that has to give way. */
export class Disputes {
  readonly #listeners = new Set<(holderUid: string) => void>();
  #messages: ReadonlyMap<string, string> = new Map();

  /** Has `listener` told of every holder for which something else is to be said than before, until the handle is disposed. */
  subscribe(listener: (holderUid: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Replaces what is known. */
  replace(disputes: readonly Dispute[]): void {
    const messages = new Map<string, string>();
    for (const [uid, group] of Map.groupBy(disputes, ({ holder }) => holder.uid)) messages.set(uid, messageOf(group));
    const before = this.#messages;
    this.#messages = messages;
    for (const uid of new Set([...before.keys(), ...messages.keys()])) {
      if (before.get(uid) === messages.get(uid)) continue;
      for (const listener of this.#listeners) listener(uid);
    }
  }

  /** What is disputed of `holderUid`, in a sentence; undefined when nothing is. */
  of(holderUid: string): string | undefined {
    return this.#messages.get(holderUid);
  }
}

function messageOf(disputes: readonly Dispute[]): string {
  const which = disputes.map(({ number, by }) => `${number} (${printHolder(by.holder)})`).join(', ');
  return `somebody else has numbers of this holder, and keeps them: ${which}; delete one of the two, or ask for other numbers`;
}
