import type { z } from 'zod';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';

/** What is wrong with an object: a sentence for each fault, with the path of the field first. */
export type Faults = readonly string[];

/**
 * Validates `object`, for example one that the API server sent, and fills in its defaults. Fields that the schema
 * doesn't have are left out, unless the schema keeps or refuses them: never write the result back as a whole.
 */
export function parse<S extends z.ZodType>(schema: S, object: unknown): Result<z.output<S>, Faults> {
  const parsed = schema.safeParse(object, { reportInput: true });
  return parsed.success ? ok(parsed.data) : err(parsed.error.issues.map(describeIssue));
}

function describeIssue({ path, message, code, input }: z.core.$ZodIssue): string {
  const text = code === 'invalid_type' && input === undefined ? 'is missing: write it' : message;
  return path.length === 0 ? text : `${describePath(path)}: ${text}`;
}

/** A path as the API server writes it: `spec.ranges[0]`. */
function describePath(path: readonly PropertyKey[]): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${String(step)}`))
    .join('');
}
