import { KEY_PREFIX } from '../api/index.ts';
import { ok } from '../base/result.ts';
import type { HttpsHandler } from '../runtime/index.ts';
import { answering } from './answer.ts';
import type { RouteParts } from './answer.ts';
import type { BindingAdmission, BindingAnnotations } from './binding-admission.ts';
import { readBindingReview } from './binding-review.ts';
import type { BindingReview } from './binding-review.ts';
import { patchFor } from './patch.ts';
import type { Operation } from './patch.ts';
import type { PodAdmission } from './pod-admission.ts';
import { readPodReview } from './pod-review.ts';
import { admitRoleInstanceSet } from './role-instance-set-admission.ts';
import { readRoleInstanceSetReview } from './role-instance-set-review.ts';

/** What the route of pods needs. */
interface PodRouteParts extends RouteParts {
  readonly admission: Pick<PodAdmission, 'admit'>;
}

/** Answers AdmissionReviews of pods' creation. */
export function podRoute({ admission, ...parts }: PodRouteParts): HttpsHandler {
  return answering(parts, {
    read: readPodReview,
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

/** What the route of Bindings needs. */
interface BindingRouteParts extends RouteParts {
  readonly admission: Pick<BindingAdmission, 'admit'>;
}

/** Answers AdmissionReviews of Bindings. */
export function bindingRoute({ admission, ...parts }: BindingRouteParts): HttpsHandler {
  return answering(parts, {
    read: readBindingReview,
    handle: async (review, signal) => {
      const given = await admission.admit(review, signal);
      return given.ok ? ok({ patch: annotationsPatch(review, given.value), warnings: [] }) : given;
    },
    refused: 'a binding was refused',
    describe: ({ namespace, podName, nodeName }) => ({ namespace, pod: podName, node: nodeName }),
  });
}

/**
 * The JSON Patch that writes `given` into a Binding's annotations, and removes annotations of Hostport that somebody
 * else put there.
 */
function annotationsPatch({ annotations = {} }: BindingReview, given: BindingAnnotations): readonly Operation[] {
  const others = Object.entries(annotations).filter(([key]) => !key.startsWith(KEY_PREFIX));
  const hasForeign = others.length < Object.keys(annotations).length;
  if (Object.keys(given).length === 0 && !hasForeign) return [];
  return [{ op: 'add', path: '/metadata/annotations', value: { ...Object.fromEntries(others), ...given } }];
}

/** Answers AdmissionReviews of RoleInstanceSets. It makes no request. */
export function roleInstanceSetRoute(parts: RouteParts): HttpsHandler {
  return answering(parts, {
    read: readRoleInstanceSetReview,
    handle: (review) => {
      const answer = admitRoleInstanceSet(review);
      return Promise.resolve(answer.ok ? ok({ patch: [], warnings: answer.value }) : answer);
    },
    refused: 'a set was refused',
    describe: ({ namespace, name }) => ({ namespace, set: name }),
  });
}
