import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { isSecretPart } from './path-in-address.ts';
import { dataOf, textIn } from './shared-secret.ts';
import type { SecretData } from './shared-secret.ts';

/** The unguessable parts that all replicas share: they are in the Secret, in the configurations, and nowhere else. */
export interface PathState {
  /** The part that API servers should call. */
  readonly current: string;
  /** Answered already, so that every replica does when API servers begin to call it. */
  readonly next?: string;
  /** Was called before `current`, and is still answered. */
  readonly former?: string;
  /** Since when `current` is, in milliseconds since the epoch. */
  readonly since: number;
}

/** How long everything lasts, in milliseconds. */
export interface PathTimes {
  /** How old the current part gets. */
  readonly lifeMs: number;
  /** For how long the next part has been known before anybody is told to call it. */
  readonly graceMs: number;
  /** For how long a part is answered that no configuration carries any more. */
  readonly overlapMs: number;
  /** How long a leader's term has lasted before a plain path is replaced. */
  readonly plainMs: number;
}

/** A day; five minutes for everything that others have to hear of. */
export const usualPathTimes: PathTimes = {
  lifeMs: 24 * 60 * 60_000,
  graceMs: 5 * 60_000,
  overlapMs: 5 * 60_000,
  plainMs: 5 * 60_000,
};

/** What the rules look at beside the Secret. Times are in milliseconds, on the own monotonic clock but for `now`. */
export interface PathView {
  /** Wall time since the epoch. */
  readonly now: number;
  /** For how long the next part has been seen in the Secret. */
  readonly nextKnownForMs: number;
  /** For how long all configurations have carried the current part; undefined: not all do. */
  readonly placedForMs: number | undefined;
}

/** What to do with the shared state. */
export type PathStep =
  | { readonly kind: 'wait'; readonly forMs: number }
  /** Make a next part, for `{ ...state, next }`. */
  | { readonly kind: 'prepare' }
  | { readonly kind: 'switch' | 'tidy'; readonly state: PathState };

/**
 * The next step of a renewal. First the next part is made known to all replicas, who answer it; then it becomes the
 * current one, which goes into the configurations; and when all have carried it for a while, the former one is forgotten.
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
  // A clock that was set back must not keep a part for years.
  const ageMs = Math.abs(view.now - state.since);
  return ageMs < times.lifeMs ? { kind: 'wait', forMs: times.lifeMs - ageMs } : { kind: 'prepare' };
}

/**
 * The state after the loss of the Secret. What API servers call by the configurations, `carried`, stays answered, and is
 * renewed soon: whoever deletes the Secret wants that.
 */
export function recoveredState(carried: readonly string[], fresh: string, now: number): PathState {
  const [current, former] = new Set(carried);
  if (current === undefined) return { current: fresh, since: now };
  return { current, next: fresh, ...(former === undefined ? {} : { former }), since: now };
}

const KEYS = { current: 'current', next: 'next', former: 'former', since: 'since' } as const;

/** Reads a Secret's `data`; the error says what of it is damaged. A damaged `next` or `former` counts as absent. */
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
