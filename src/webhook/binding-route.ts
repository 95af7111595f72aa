import { GROUP } from '../api/index.ts';
import { ok } from '../base/result.ts';
import type { HttpsHandler } from '../runtime/index.ts';
import type { Operation } from '../workload/index.ts';
import { answering } from './answer.ts';
import type { RouteParts } from './answer.ts';
import type { BindingAdmission, Told } from './binding-admission.ts';
import { readBindingReview } from './binding-review.ts';
import type { BindingReview } from './binding-review.ts';

/** What the route is made of. */
export interface BindingRouteParts extends RouteParts {
  readonly admission: Pick<BindingAdmission, 'admit'>;
}

/** Answers AdmissionReviews of Bindings. */
export function bindingRoute({ admission, ...parts }: BindingRouteParts): HttpsHandler {
  return answering(parts, {
    read: readBindingReview,
    handle: async (review, signal) => {
      const told = await admission.admit(review, signal);
      return told.ok ? ok({ patch: annotationsPatch(review, told.value), warnings: [] }) : told;
    },
    refused: 'a binding was refused',
    describe: ({ namespace, podName, nodeName }) => ({ namespace, pod: podName, node: nodeName }),
  });
}

/** The JSON Patch that has a Binding tell its pod `told`, and nothing in our words that somebody else put there. */
function annotationsPatch({ annotations = {} }: BindingReview, told: Told): readonly Operation[] {
  const others = Object.entries(annotations).filter(([key]) => !key.startsWith(`${GROUP}/`));
  const hasForeign = others.length < Object.keys(annotations).length;
  if (Object.keys(told).length === 0 && !hasForeign) return [];
  return [{ op: 'add', path: '/metadata/annotations', value: { ...Object.fromEntries(others), ...told } }];
}
