import { z } from 'zod';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refusalCodes } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Operation } from './patch.ts';

/**
 * A parser of the `request` of AdmissionReviews (`admission.k8s.io/v1`).
 * @param subject what is reviewed; the error of a body that isn't such a review names it
 */
export function requestReader<T>(subject: string, request: z.ZodType<T>): (body: unknown) => Result<T, string> {
  const review = z.looseObject({
    apiVersion: z.literal('admission.k8s.io/v1'),
    kind: z.literal('AdmissionReview'),
    request,
  });
  return (body) => {
    const parsed = review.safeParse(body);
    if (parsed.success) return ok(parsed.data.request);
    const [issue] = parsed.error.issues;
    return err(`no AdmissionReview of ${subject}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  };
}

/** The UID of the review, so that even an unreadable one can be answered. */
export function uidIn(body: unknown): string {
  const parsed = z.looseObject({ request: z.looseObject({ uid: z.string() }) }).safeParse(body);
  return parsed.success ? parsed.data.request.uid : '';
}

/** The answer that admits the object, changed by `patch`. */
export function allow(uid: string, patch: readonly Operation[], warnings: readonly string[]): object {
  const change =
    patch.length === 0 ? {} : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  return answer({ uid, allowed: true, ...change, ...(warnings.length === 0 ? {} : { warnings }) });
}

/** The answer that refuses the object, with the message and the HTTP code of the reason. */
export function deny(uid: string, { reason, message }: Refusal): object {
  const status = { status: 'Failure', code: refusalCodes[reason], reason, message: `${reason}: ${message}` };
  return answer({ uid, allowed: false, status });
}

function answer(response: object): object {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
}
