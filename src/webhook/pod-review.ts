import { z } from 'zod';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { grammars, wordFault } from '../core/index.ts';
import type { Pod } from '../kube/index.ts';
import { firstFault, namesFault, ownerFault, portNameFault } from './object-names.ts';
import { requestReader } from './review.ts';

const owner = z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() });

const metadata = z.looseObject({
  name: z.string().exactOptional(),
  generateName: z.string().exactOptional(),
  annotations: z.record(z.string(), z.string()).exactOptional(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  ownerReferences: z.array(owner).exactOptional(),
});

const port = z.looseObject({ name: z.string().exactOptional() });

const container = z.looseObject({ name: z.string(), ports: z.array(port).exactOptional() });

/** The fields of a pod that the webhook relies on. The API server will validate the others; they pass through unchanged. */
const pod = z.looseObject({
  metadata,
  spec: z.looseObject({
    nodeName: z.string().exactOptional(),
    containers: z.array(container),
    initContainers: z.array(container).exactOptional(),
  }),
});

const readRequest = requestReader(
  "a pod's creation",
  z.looseObject({
    uid: z.string().min(1),
    operation: z.literal('CREATE'),
    resource: z.looseObject({ group: z.literal(''), resource: z.literal('pods') }),
    namespace: z.string().min(1),
    dryRun: z.boolean().exactOptional(),
    userInfo: z.looseObject({ username: z.string().exactOptional() }).exactOptional(),
    object: pod,
  }),
);

/** The parts of an AdmissionReview of a pod's creation that are used. */
export interface PodReview {
  readonly uid: string;
  readonly namespace: string;
  /** For a dry run nothing may be written. */
  readonly dryRun: boolean;
  readonly username: string;
  readonly pod: Pod;
}

/**
 * Parses an `AdmissionReview` (`admission.k8s.io/v1`) of a pod's creation; the error says what is wrong with it.
 * Everything that may reach the ledger is checked against its grammar.
 */
export function readPodReview(body: unknown): Result<PodReview, string> {
  const request = readRequest(body);
  if (!request.ok) return request;
  const { uid, namespace, dryRun = false, userInfo, object } = request.value;
  const fault = wordFault(grammars.dnsLabel, 'namespace', namespace) ?? podFault(object);
  if (fault !== undefined) return err(fault);
  // Validated above as far as anything here relies on it.
  return ok({ uid, namespace, dryRun, username: userInfo?.username ?? '', pod: object as unknown as Pod });
}

function podFault({ metadata: { ownerReferences = [], ...names }, spec }: z.output<typeof pod>): string | undefined {
  const { nodeName = '', containers, initContainers = [] } = spec;
  return (
    namesFault(names) ??
    firstFault(ownerReferences, ownerFault) ??
    (nodeName === '' ? undefined : wordFault(grammars.dnsName, 'spec.nodeName', nodeName)) ??
    firstFault([...containers, ...initContainers], ({ name, ports = [] }) =>
      firstFault(ports, (each) => portNameFault(name, each)),
    )
  );
}
