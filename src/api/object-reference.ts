import { z } from 'zod';

const apiVersion = z.string().min(1).max(317).describe('Group and version of it.');
const kind = z.string().min(1).max(63).describe('Kind of it.');
const name = z.string().min(1).max(253).describe('Name of it.');
const uid = z.string().min(1).max(128).describe('UID of it: another object of the same name is not meant.');

/** An object in the namespace of the one that names it. */
export const localReference = z.object({ apiVersion, kind, name, uid });

/** An object anywhere: without a namespace, it is cluster-scoped. */
export const objectReference = z.object({
  apiVersion,
  kind,
  namespace: z.string().max(63).exactOptional().describe('Namespace of it; absent for what lives in none.'),
  name,
  uid,
});

/** Names one object, and no other that comes after it. */
export type ObjectReference = z.output<typeof objectReference>;
