import { z } from 'zod';
import { GROUP, RoleInstanceSets } from '../api/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { grammars, wordFault } from '../core/index.ts';
import { namesFault } from './object-names.ts';
import { requestReader } from './review.ts';

const readRequest = requestReader(
  'a RoleInstanceSet',
  z.looseObject({
    uid: z.string().min(1),
    operation: z.enum(['CREATE', 'UPDATE']),
    resource: z.looseObject({ group: z.literal(GROUP), resource: z.literal(RoleInstanceSets.plural) }),
    namespace: z.string().min(1),
    object: z.looseObject({
      metadata: z.looseObject({ name: z.string().exactOptional(), generateName: z.string().exactOptional() }),
    }),
    oldObject: z.unknown(),
  }),
);

/** The parts of an AdmissionReview of a RoleInstanceSet that are used. */
export interface RoleInstanceSetReview {
  readonly uid: string;
  readonly namespace: string;
  /** The name; empty for a set that is being created under a generated name. */
  readonly name: string;
  /** The object as it was sent: the API server has validated it by the schema. */
  readonly object: unknown;
  /** The object as it is stored; null while it is being created. */
  readonly oldObject: unknown;
}

/** Parses an `AdmissionReview` (`admission.k8s.io/v1`) of a set; the error says what is wrong with it. */
export function readRoleInstanceSetReview(body: unknown): Result<RoleInstanceSetReview, string> {
  const request = readRequest(body);
  if (!request.ok) return request;
  const { uid, namespace, object, oldObject = null } = request.value;
  const fault = wordFault(grammars.dnsLabel, 'namespace', namespace) ?? namesFault(object.metadata);
  if (fault !== undefined) return err(fault);
  return ok({ uid, namespace, name: object.metadata.name ?? '', object, oldObject });
}
