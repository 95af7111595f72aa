import { z } from 'zod';
import type { Condition, ObjectMeta, OwnerReference } from '../kube/index.ts';
import type { API_VERSION } from './names.ts';
import { listMap } from './rules.ts';

const texts = z.record(z.string(), z.string());

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
  labels: texts.exactOptional(),
  annotations: texts.exactOptional(),
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

/** An object as it is written: fields of its spec that have a default may be absent. */
export interface Manifest<Kind extends string, Spec> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: Kind;
  readonly metadata: ManifestMeta;
  readonly spec: Spec;
}

const apiVersion = z.string().min(1).max(317).describe('Group and version of it.');
const kind = z.string().min(1).max(63).describe('Kind of it.');
const name = z.string().min(1).max(253).describe('Name of it.');
const uid = z.string().min(1).max(128).describe('UID of it: another object of the same name is not meant.');

/** A reference to an object in the namespace of the object that has the reference. */
export const localReference = z.object({ apiVersion, kind, name, uid });

/** A reference to an object anywhere. Without a namespace it is to a cluster-scoped object. */
export const objectReference = z.object({
  apiVersion,
  kind,
  namespace: z.string().max(63).exactOptional().describe('Namespace of it; absent for what lives in none.'),
  name,
  uid,
});

/** Whether a condition holds. */
export const conditionStatus = z.enum(['True', 'False', 'Unknown']);

const condition = z
  .object({
    type: z.string().max(316).describe('What the condition is about.'),
    status: conditionStatus.describe('Whether it holds.'),
    observedGeneration: z.int().min(0).exactOptional().meta({
      description: 'The generation of the object that it was set for.',
      format: 'int64',
    }),
    lastTransitionTime: z.string().max(64).meta({ description: 'When the status last changed.', format: 'date-time' }),
    reason: z.string().min(1).max(1024).describe('One word, for programs.'),
    message: z.string().max(32_768).describe('One sentence, for people.'),
  })
  .describe('One observation, by the Kubernetes conventions.') satisfies z.ZodType<Condition>;

/** The conditions of an object, one of each type. */
export const conditions = listMap(condition, 'type', { max: 32, description: 'What is observed about the object.' });

/** The generation of the spec that a status is about. */
export const observedGeneration = z.int().min(0).meta({
  description: 'The generation of the spec that this status is about.',
  format: 'int64',
});
