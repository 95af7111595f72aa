import { z } from 'zod';
import { conditionStatus } from './condition.ts';
import { objectReference } from './object-reference.ts';
import { SUMMARY_LENGTH } from './summary.ts';
import type { Rule } from './rule.ts';

/**
 * Fields that describe an allocation for people: in the status of a user's allocation, in the spec of a record, which
 * has no status. Columns find either.
 */
export const statement = {
  summary: z.string().max(SUMMARY_LENGTH).exactOptional().describe('The numbers in one line, for people.'),
  holder: objectReference
    .exactOptional()
    .describe('What the numbers are for: recordOf, the owner, or the allocation itself.'),
  allocated: conditionStatus.exactOptional().describe('Whether all numbers are given.'),
  reason: z.string().max(1024).exactOptional().describe('Why they are, or why not, in one word.'),
};

const fields = Object.keys(statement) as readonly (keyof typeof statement)[];

/** The fields of a spec that the rules use. */
type Stated = { readonly [field in (typeof fields)[number] | 'recordOf']?: unknown };

const isStated = (spec: Stated): boolean => fields.some((field) => spec[field] !== undefined);
const isStatedIn = (path: string): string => fields.map((field) => `has(${path}.${field})`).join(' || ');

/** In a spec only records of Hostport have these fields. */
export const statedOnlyInRecords: Rule<Stated> = {
  rule: `has(self.recordOf) || !(${isStatedIn('self')})`,
  holds: (spec) => spec.recordOf !== undefined || !isStated(spec),
  message:
    'summary, holder, allocated and reason are what Hostport says in the specs of its records: leave them out, write what you ask for into ports, and read in the status what was given',
};

/** A record has these fields once. A record of an earlier version had them in its status. */
export const statedOnce: Rule<{ readonly spec: Stated; readonly status?: unknown }> = {
  rule: `!has(self.status) || !(${isStatedIn('self.spec')})`,
  holds: ({ spec, status }) => status === undefined || !isStated(spec),
  message: 'a record has no status: what it says stands in its spec',
};
