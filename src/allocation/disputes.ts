import { printHolder } from '../core/index.ts';
import type { Dispute } from './audit.ts';

/** The disputes that the last sweep found, by the UID of the holder that should give way. */
export class Disputes {
  readonly #listeners = new Set<(holderUid: string) => void>();
  #messages: ReadonlyMap<string, string> = new Map();

  /** Calls `listener` with the UID of each holder whose message changes, until the handle is disposed. */
  subscribe(listener: (holderUid: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Replaces the known disputes. */
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

  /** The dispute about numbers of `holderUid`, as a sentence; undefined if there is none. */
  of(holderUid: string): string | undefined {
    return this.#messages.get(holderUid);
  }
}

function messageOf(disputes: readonly Dispute[]): string {
  const which = disputes.map(({ number, by }) => `${number} (${printHolder(by.holder)})`).join(', ');
  return `somebody else has numbers of this holder, and keeps them: ${which}; delete one of the two, or ask for other numbers`;
}
