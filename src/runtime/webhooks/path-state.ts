import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { isSecretPart } from './path-in-address.ts';
import { dataOf, textIn } from './shared-secret.ts';
import type { SecretData } from './shared-secret.ts';

/** The secret parts of the path that all replicas share. They are stored only in the Secret and in the configurations. */
export interface PathState {
  /** The part that API servers should call. */
  readonly current: string;
  /** The next part. All replicas answer it before API servers begin to call it. */
  readonly next?: string;
  /** The part before `current`. It is still answered. */
  readonly former?: string;
  /** When `current` became the current part, in milliseconds since the epoch. */
  readonly since: number;
}

/** The durations of a renewal, in milliseconds. */
export interface PathTimes {
  /** How long a part is the current one. */
  readonly lifeMs: number;
  /** How long the next part must be known before it becomes the current one. */
  readonly graceMs: number;
  /** How long a part is answered after no configuration has it any more. */
  readonly overlapMs: number;
  /** How long a leader's term must have lasted before a plain path is replaced. */
  readonly plainMs: number;
}

/** A day for the life; five minutes for everything that other processes must learn of. */
export const usualPathTimes: PathTimes = {
  lifeMs: 24 * 60 * 60_000,
  graceMs: 5 * 60_000,
  overlapMs: 5 * 60_000,
  plainMs: 5 * 60_000,
};

/** What the rules look at besides the Secret. Times are in milliseconds on this process's monotonic clock, except `now`. */
interface PathView {
  /** Wall-clock time since the epoch. */
  readonly now: number;
  /** How long the next part has been in the Secret, as seen by this process. */
  readonly nextKnownForMs: number;
  /** How long all configurations have had the current part. Undefined if not all have it. */
  readonly placedForMs: number | undefined;
}

/** The next step for the shared state. */
type PathStep =
  | { readonly kind: 'wait'; readonly forMs: number }
  /** Make a next part, for `{ ...state, next }`. */
  | { readonly kind: 'prepare' }
  | { readonly kind: 'switch' | 'tidy'; readonly state: PathState };

/**
 * The next step of a renewal. First the next part is stored, and all replicas answer it. Then it becomes the current
 * part, and is written into the configurations. When all configurations have had it for a while, the former part is
 * removed.
 */
export function pathStep(state: PathState, view: PathView, times: PathTimes): PathStep {
  const { former, next, ...rest } = state;
  if (former !== undefined) {
    const { placedForMs = -Infinity } = view;
    if (placedForMs < times.overlapMs) return { kind: 'wait', forMs: times.overlapMs - placedForMs };
    return { kind: 'tidy', state: next === undefined ? rest : { ...rest, next } };
  }
  if (next !== undefined) {
    const forMs = times.graceMs - view.nextKnownForMs;
    if (forMs > 0) return { kind: 'wait', forMs };
    return { kind: 'switch', state: { current: next, former: state.current, since: view.now } };
  }
  // The absolute value, so that a clock that is set back doesn't keep a part for years.
  const ageMs = Math.abs(view.now - state.since);
  return ageMs < times.lifeMs ? { kind: 'wait', forMs: times.lifeMs - ageMs } : { kind: 'prepare' };
}

/**
 * The state after the loss of the Secret. The parts in the configurations, `carried`, stay answered, and are replaced
 * soon, because that is what a user who deletes the Secret wants.
 */
export function recoveredState(carried: readonly string[], fresh: string, now: number): PathState {
  const [current, former] = new Set(carried);
  if (current === undefined) return { current: fresh, since: now };
  return { current, next: fresh, ...(former === undefined ? {} : { former }), since: now };
}

const KEYS = { current: 'current', next: 'next', former: 'former', since: 'since' } as const;

/** Parses a Secret's `data`. The error says what is damaged. A damaged `next` or `former` counts as missing. */
export function readPathState(data: SecretData): Result<PathState, string> {
  const [current, next, former] = [KEYS.current, KEYS.next, KEYS.former].map((key) => textIn(data, key));
  if (current === undefined || !isSecretPart(current)) return err(`${KEYS.current} is no part of a path`);
  const since = Date.parse(textIn(data, KEYS.since));
  return ok({
    current,
    ...(next !== undefined && isSecretPart(next) ? { next } : {}),
    ...(former !== undefined && isSecretPart(former) ? { former } : {}),
    since: Number.isNaN(since) ? 0 : since,
  });
}

/** The inverse of {@link readPathState}. */
export function writePathState({ current, next, former, since }: PathState): SecretData {
  return dataOf({
    [KEYS.current]: current,
    ...(next === undefined ? {} : { [KEYS.next]: next }),
    ...(former === undefined ? {} : { [KEYS.former]: former }),
    [KEYS.since]: new Date(since).toISOString(),
  });
}
