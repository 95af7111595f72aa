import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { SeenPath } from './path-in-address.ts';
import type { PathState } from './path-state.ts';

/** What {@link KnownPaths} needs. */
interface KnownPathsOptions {
  readonly clock: Clock;
  /** For how long plain paths are answered after no configuration has one any more, in milliseconds. */
  readonly overlapMs: number;
  readonly plainPaths: readonly string[];
}

/**
 * Decides which paths are answered: those with a secret part of the shared state, and plain paths while API servers may
 * call them.
 */
export class KnownPaths {
  readonly #options: KnownPathsOptions;
  #digests: readonly Buffer[] = [];
  #plainSeenAt = -Infinity;
  #plainIsCarried = false;

  constructor(options: KnownPathsOptions) {
    this.#options = options;
  }

  /** Stores what was read: the shared state, and the paths in the configurations. */
  learn({ current, next, former }: PathState, carried: readonly SeenPath[]): void {
    this.#digests = [current, next, former].flatMap((part) => (part === undefined ? [] : [digestOf(part)]));
    this.#plainIsCarried = carried.some(({ kind }) => kind === 'plain');
    if (this.#plainIsCarried) this.#plainSeenAt = this.#options.clock.monotonic();
  }

  /** The plain path of the webhook that is called at `path`, or undefined if `path` isn't answered. */
  plainOf(path: string): string | undefined {
    for (const plain of this.#options.plainPaths) {
      if (path === plain) return this.#answersPlain() ? plain : undefined;
      if (path.startsWith(`${plain}/`)) return this.#knows(path.slice(plain.length + 1)) ? plain : undefined;
    }
    return undefined;
  }

  /** Whether `path`, as read from a configuration, is answered. */
  isAnswered({ kind, part }: SeenPath): boolean {
    if (kind === 'plain') return this.#answersPlain();
    return kind === 'secret' && this.#knows(part);
  }

  /** Takes the same time for every part, so that measuring the time doesn't help to guess one. */
  #knows(part: string): boolean {
    const digest = digestOf(part);
    return this.#digests.map((known) => timingSafeEqual(known, digest)).includes(true);
  }

  #answersPlain(): boolean {
    const { clock, overlapMs } = this.#options;
    return this.#plainIsCarried || clock.monotonic() - this.#plainSeenAt < overlapMs;
  }
}

function digestOf(part: string): Buffer {
  return createHash('sha256').update(part).digest();
}
