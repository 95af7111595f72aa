import { CancelledError } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { err } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import { ApiError } from '../kube/index.ts';
import type { HttpsHandler } from '../runtime/index.ts';
import { patchFor } from '../workload/index.ts';
import type { Admitted, PodAdmission } from './pod-admission.ts';
import { allow, deny, readReview, uidIn } from './review.ts';
import type { PodReview } from './review.ts';

/** What the route is made of. */
export interface PodRouteParts {
  readonly admission: Pick<PodAdmission, 'admit'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of every answer: `allowed`, or the reason of the refusal. */
  readonly observe: (outcome: string, seconds: number) => void;
}

/** Answers AdmissionReviews of pods' creation: always with a review, whatever was sent. */
export function podRoute({ admission, clock, log, observe }: PodRouteParts): HttpsHandler {
  return async (body, signal) => {
    const began = clock.monotonic();
    const seconds = (): number => (clock.monotonic() - began) / 1000;
    const review = readReview(body);
    if (!review.ok) {
      observe('InvalidRequest', seconds());
      return deny(uidIn(body), refuse.invalid(review.error));
    }
    const { uid, namespace, pod } = review.value;
    const answer = await decide(admission, review.value, signal);
    observe(answer.ok ? 'allowed' : answer.error.reason, seconds());
    if (answer.ok) return allow(uid, patchFor(pod, answer.value.pod), answer.value.warnings);
    const refusal = shortened(answer.error);
    const { name, generateName } = pod.metadata as { name?: string; generateName?: string };
    log.info('a pod was refused', { namespace, pod: name ?? generateName, ...refusal });
    return deny(uid, refusal);
  };
}

/** Messages quote what was written, and a whole manifest may have been written into one annotation. */
const LONGEST_MESSAGE = 2_000;

function shortened({ reason, message }: Refusal): Refusal {
  return { reason, message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message };
}

/** Trouble with the API server is a refusal, too: whoever creates the pod tries again. */
async function decide(
  admission: Pick<PodAdmission, 'admit'>,
  review: PodReview,
  signal: AbortSignal,
): Promise<Result<Admitted, Refusal>> {
  try {
    return await admission.admit(review, signal);
  } catch (error) {
    if (error instanceof CancelledError || signal.aborted) return err(refuse.ledgerUnavailable('it took too long'));
    if (error instanceof ApiError) return err(refuse.ledgerUnavailable(error.message));
    throw error;
  }
}
