import { z } from 'zod';
import type { ObjectMeta, OwnerReference } from '../kube/index.ts';
import type { API_VERSION } from './names.ts';

const labels = z.record(z.string(), z.string());

const ownerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().exactOptional(),
  blockOwnerDeletion: z.boolean().exactOptional(),
}) satisfies z.ZodType<OwnerReference>;

/** The part of an object's metadata that Hostport reads. The CRD leaves metadata to the API server. */
export const objectMeta = z.object({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.int(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().exactOptional(),
  labels: labels.exactOptional(),
  annotations: labels.exactOptional(),
  finalizers: z.array(z.string()).exactOptional(),
  ownerReferences: z.array(ownerReference).exactOptional(),
}) satisfies z.ZodType<ObjectMeta>;

/** Metadata of an object that lives in a namespace. */
export const namespacedMeta = objectMeta.extend({ namespace: z.string() });

/** Metadata of an object that is about to be written. */
export interface ManifestMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** An object as it is written: what has a default may be left out of its spec. */
export interface Manifest<Kind extends string, Spec> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: Kind;
  readonly metadata: ManifestMeta;
  readonly spec: Spec;
}
