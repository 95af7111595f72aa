import { ok } from '../base/result.ts';
import type { HttpsHandler } from '../runtime/index.ts';
import { answering } from './answer.ts';
import type { RouteParts } from './answer.ts';
import { judgeRoleInstanceSet } from './role-instance-set-admission.ts';
import { readRoleInstanceSetReview } from './role-instance-set-review.ts';

/** Answers AdmissionReviews of RoleInstanceSets. It asks nobody anything. */
export function roleInstanceSetRoute(parts: RouteParts): HttpsHandler {
  return answering(parts, {
    read: readRoleInstanceSetReview,
    handle: (review) => {
      const answer = judgeRoleInstanceSet(review);
      return Promise.resolve(answer.ok ? ok({ patch: [], warnings: answer.value }) : answer);
    },
    refused: 'a set was refused',
    describe: ({ namespace, name }) => ({ namespace, set: name }),
  });
}
