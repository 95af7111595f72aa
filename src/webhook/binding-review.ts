import { z } from 'zod';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { grammars, wordFault } from '../core/index.ts';
import { requestReader } from './review.ts';

const annotations = z.record(z.string(), z.string());

const readRequest = requestReader(
  'a Binding',
  z.looseObject({
    uid: z.string().min(1),
    operation: z.literal('CREATE'),
    resource: z.looseObject({ group: z.literal(''), resource: z.enum(['pods', 'bindings']) }),
    namespace: z.string().min(1),
    name: z.string().exactOptional(),
    dryRun: z.boolean().exactOptional(),
    object: z.looseObject({
      metadata: z.looseObject({
        name: z.string().exactOptional(),
        uid: z.string().exactOptional(),
        annotations: annotations.exactOptional(),
      }),
      target: z.looseObject({ kind: z.string().exactOptional(), name: z.string().exactOptional() }),
    }),
  }),
);

/** The parts of an AdmissionReview of a Binding that are used. */
export interface BindingReview {
  readonly uid: string;
  readonly namespace: string;
  /** For a dry run nothing may be written. */
  readonly dryRun: boolean;
  readonly podName: string;
  /** The UID of the pod that the scheduler means; undefined if the Binding doesn't say it. */
  readonly podUid: string | undefined;
  /** Undefined if the target isn't a node: the API server refuses such a Binding by itself. */
  readonly nodeName: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/**
 * Parses an `AdmissionReview` of a Binding: of the subresource `pods/binding`, which schedulers use, or of the legacy
 * resource `bindings`, which binds as well. The error says what is wrong with it.
 */
export function readBindingReview(body: unknown): Result<BindingReview, string> {
  const request = readRequest(body);
  if (!request.ok) return request;
  const { uid, namespace, name, dryRun = false, object } = request.value;
  const { metadata, target } = object;
  const podName = metadata.name ?? name ?? '';
  if (podName === '') return err('no AdmissionReview of a Binding: it names no pod');
  const bound = {
    namespace,
    podName,
    podUid: metadata.uid === '' ? undefined : metadata.uid,
    nodeName: nodeIn(target),
  };
  const fault = wordsFault(bound);
  return fault === undefined ? ok({ uid, dryRun, ...bound, annotations: metadata.annotations }) : err(fault);
}

function nodeIn({ kind = '', name }: { readonly kind?: string; readonly name?: string }): string | undefined {
  const isNode = kind === '' || kind === 'Node';
  return isNode && name !== '' ? name : undefined;
}

function wordsFault({
  namespace,
  podName,
  podUid,
  nodeName,
}: Pick<BindingReview, 'namespace' | 'podName' | 'podUid' | 'nodeName'>): string | undefined {
  return (
    wordFault(grammars.dnsLabel, 'namespace', namespace) ??
    wordFault(grammars.dnsName, 'metadata.name', podName) ??
    (podUid === undefined ? undefined : wordFault(grammars.uid, 'metadata.uid', podUid)) ??
    (nodeName === undefined ? undefined : wordFault(grammars.dnsName, 'target.name', nodeName))
  );
}
