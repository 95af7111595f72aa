import { CancelledError } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { Stopwatch } from '../base/fence.ts';
import type { Logger } from '../base/logger.ts';
import { err } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import { ApiError } from '../kube/index.ts';
import { withLogFields } from '../runtime/index.ts';
import type { HttpsHandler } from '../runtime/index.ts';
import type { Operation } from './patch.ts';
import { allow, deny, uidIn } from './review.ts';

/** What a route of any kind needs. */
export interface RouteParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Called with every answer: `allowed`, or the reason of the refusal; and the time that it took, in seconds. */
  readonly observe: (outcome: string, seconds: number) => void;
}

/** The answer to an admitted object: how the object is changed, and warnings for its user. */
interface Verdict {
  readonly patch: readonly Operation[];
  readonly warnings: readonly string[];
}

/** How the reviews of one kind are parsed, decided and logged. */
interface ReviewHandler<R> {
  /** Parses the body of a request; the error says what is wrong with it. */
  readonly read: (body: unknown) => Result<R, string>;
  readonly handle: (review: R, signal: AbortSignal) => Promise<Result<Verdict, Refusal>>;
  /** The log message of a refusal, and its fields. */
  readonly refused: string;
  readonly describe: (review: R) => Readonly<Record<string, unknown>>;
}

/** How long the API server waits for the slowest of our webhooks, in milliseconds. */
const LONGEST_WAIT_MS = 10_000;

/** A message quotes what the user wrote, which may be a whole manifest in one annotation. */
const LONGEST_MESSAGE = 2_000;

/** Answers the AdmissionReviews of one kind. The answer is always a review, whatever was sent. */
export function answering<R extends { readonly uid: string }>(
  { clock, log, observe }: RouteParts,
  { read, handle, refused, describe }: ReviewHandler<R>,
): HttpsHandler {
  return async (body, signal) => {
    const watch = new Stopwatch(clock);
    const seconds = (): number => watch.elapsedMs() / 1000;
    const review = read(body);
    if (!review.ok) {
      observe('InvalidRequest', seconds());
      return deny(uidIn(body), shortened(refuse.invalid(review.error)));
    }
    const { uid } = review.value;
    return withLogFields({ review: uid }, async () => {
      const decided = await decide(() => handle(review.value, signal), signal);
      // If the process was stopped meanwhile, the decision may be out of date although no timer has fired yet.
      const answer = watch.elapsedMs() < LONGEST_WAIT_MS ? decided : TOO_LATE;
      observe(answer.ok ? 'allowed' : answer.error.reason, seconds());
      if (answer.ok) return allow(uid, answer.value.patch, answer.value.warnings);
      const refusal = shortened(answer.error);
      log.info(refused, { ...describe(review.value), reason: refusal.reason, says: refusal.message });
      return deny(uid, refusal);
    });
  };
}

const TOO_LATE = err(refuse.ledgerUnavailable('it took too long'));

function shortened({ reason, message }: Refusal): Refusal {
  return { reason, message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message };
}

/** Trouble with the API server becomes a refusal: the caller tries again. */
async function decide(
  handle: () => Promise<Result<Verdict, Refusal>>,
  signal: AbortSignal,
): Promise<Result<Verdict, Refusal>> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof CancelledError || signal.aborted) return TOO_LATE;
    if (error instanceof ApiError) return err(refuse.ledgerUnavailable(error.message));
    throw error;
  }
}
