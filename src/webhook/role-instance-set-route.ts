import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { refuse } from '../core/index.ts';
import type { HttpsHandler } from '../runtime/index.ts';
import { allow, deny, uidIn } from './review.ts';
import { judgeRoleInstanceSet } from './role-instance-set-admission.ts';
import { readRoleInstanceSetReview } from './role-instance-set-review.ts';

/** What the route is made of. */
export interface RoleInstanceSetRouteParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of every answer: `allowed`, or the reason of the refusal. */
  readonly observe: (outcome: string, seconds: number) => void;
}

/** Answers AdmissionReviews of RoleInstanceSets: always with a review, whatever was sent. It asks nobody anything. */
export function roleInstanceSetRoute({ clock, log, observe }: RoleInstanceSetRouteParts): HttpsHandler {
  return (body) => {
    const began = clock.monotonic();
    const seconds = (): number => (clock.monotonic() - began) / 1000;
    const review = readRoleInstanceSetReview(body);
    if (!review.ok) {
      observe('InvalidRequest', seconds());
      return Promise.resolve(deny(uidIn(body), refuse.invalid(review.error)));
    }
    const { uid, namespace, name } = review.value;
    const answer = judgeRoleInstanceSet(review.value);
    observe(answer.ok ? 'allowed' : answer.error.reason, seconds());
    if (answer.ok) return Promise.resolve(allow(uid, [], answer.value));
    log.info('a set was refused', { namespace, set: name, ...answer.error });
    return Promise.resolve(deny(uid, answer.error));
  };
}
