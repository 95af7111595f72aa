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
import type { Operation } from '../workload/index.ts';
import { allow, deny, uidIn } from './review.ts';

/** What every route is made of. */
export interface RouteParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of every answer: `allowed`, or the reason of the refusal. */
  readonly observe: (outcome: string, seconds: number) => void;
}

/** What is let in: how it is changed, and what its user should know. */
export interface Verdict {
  readonly patch: readonly Operation[];
  readonly warnings: readonly string[];
}

/** How reviews of one sort are answered. */
export interface ReviewHandler<R> {
  /** The error says what is wrong with what was sent. */
  readonly read: (body: unknown) => Result<R, string>;
  readonly handle: (review: R, signal: AbortSignal) => Promise<Result<Verdict, Refusal>>;
  /** What was refused, for the log: a sentence, and its fields. */
  readonly refused: string;
  readonly describe: (review: R) => Readonly<Record<string, unknown>>;
}

/** As long as the API server waits for the slowest of our webhooks, in milliseconds. */
const LONGEST_WAIT_MS = 10_000;

/** Messages quote what was written, and a whole manifest may have been written into one annotation. */
const LONGEST_MESSAGE = 2_000;

/** Answers AdmissionReviews of one sort: always with a review, whatever was sent. */
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
      // After a stop of the process nobody may be told what was true before it: no timer may have fired yet.
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

/** Trouble with the API server is a refusal, too: whoever asked tries again. */
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
