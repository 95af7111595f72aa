import { ok } from '../base/result.ts';
import type { HttpsHandler } from '../runtime/index.ts';
import { patchFor } from '../workload/index.ts';
import { answering } from './answer.ts';
import type { RouteParts } from './answer.ts';
import type { PodAdmission } from './pod-admission.ts';
import { readReview } from './review.ts';

/** What the route is made of. */
export interface PodRouteParts extends RouteParts {
  readonly admission: Pick<PodAdmission, 'admit'>;
}

/** Answers AdmissionReviews of pods' creation. */
export function podRoute({ admission, ...parts }: PodRouteParts): HttpsHandler {
  return answering(parts, {
    read: readReview,
    handle: async (review, signal) => {
      const answer = await admission.admit(review, signal);
      if (!answer.ok) return answer;
      return ok({ patch: patchFor(review.pod, answer.value.pod), warnings: answer.value.warnings });
    },
    refused: 'a pod was refused',
    describe: ({ namespace, pod }) => {
      const { name, generateName } = pod.metadata as { name?: string; generateName?: string };
      return { namespace, pod: name ?? generateName };
    },
  });
}
