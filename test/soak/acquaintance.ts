import type { Random } from '../../src/base/random.ts';
import { happens, pick } from './chance.ts';
import { nameOf } from './words.ts';

/** So many names of a kind are remembered: the newest, which are the likeliest to be there. */
const REMEMBERED = 40;

/** The names of objects that somebody made, so that what is done next meets some of them. */
export class Acquaintance {
  readonly #names = new Map<string, string[]>();

  /** To be told of everything that was made. */
  add(kind: string, name: string): void {
    const known = this.#names.get(kind) ?? [];
    this.#names.set(kind, [...known.filter((each) => each !== name), name].slice(-REMEMBERED));
  }

  /** Mostly a name of one that was made. */
  nameOf(kind: string, random: Random): string {
    const known = this.#names.get(kind);
    return known === undefined || happens(random, 15) ? nameOf(random) : pick(random, known);
  }
}
