import { z } from 'zod';
import type { GivenPort } from './port-request.ts';
import type { Rule } from './rules.ts';
import { conditionStatus, objectReference } from './standard-fields.ts';

/** The most characters of a summary: it is a column of `kubectl get`. */
export const SUMMARY_LENGTH = 512;

/**
 * The fields of an allocation that say in few words what came of it: in the status of a user's allocation, in the spec
 * of a record, which has no status. The columns of `kubectl get` find either.
 */
export const outcomeFields = {
  summary: z.string().max(SUMMARY_LENGTH).exactOptional().describe('The numbers in one line, for people.'),
  holder: objectReference
    .exactOptional()
    .describe('What the numbers are for: recordOf, the owner, or the allocation itself.'),
  allocated: conditionStatus.exactOptional().describe('Whether all numbers are given.'),
  reason: z.string().max(1024).exactOptional().describe('Why they are, or why not, in one word.'),
};

const names = Object.keys(outcomeFields) as readonly (keyof typeof outcomeFields)[];

/** The fields of a spec that the rules use. */
type SpecWithOutcome = { readonly [field in (typeof names)[number] | 'recordOf']?: unknown };

const hasOutcome = (spec: SpecWithOutcome): boolean => names.some((field) => spec[field] !== undefined);
const hasOutcomeInCel = (path: string): string => names.map((field) => `has(${path}.${field})`).join(' || ');

/** The spec of an allocation has these fields only if it is a record of Hostport. */
export const outcomeOnlyInRecords: Rule<SpecWithOutcome> = {
  rule: `has(self.recordOf) || !(${hasOutcomeInCel('self')})`,
  holds: (spec) => spec.recordOf !== undefined || !hasOutcome(spec),
  message:
    'summary, holder, allocated and reason are what Hostport says in the specs of its records: leave them out, write what you ask for into ports, and read in the status what was given',
};

/** A record has these fields only in its spec. Records of an earlier version had them in their status. */
export const outcomeOnlyOnce: Rule<{ readonly spec: SpecWithOutcome; readonly status?: unknown }> = {
  rule: `!has(self.status) || !(${hasOutcomeInCel('self.spec')})`,
  holds: ({ spec, status }) => status === undefined || !hasOutcome(spec),
  message: 'a record has no status: what it says stands in its spec',
};

// Leaves room for the last word, " +1024 more".
const ROOM = SUMMARY_LENGTH - 11;

/** The assigned ports in one line: `game=20001/UDP rtp=20040-20047/UDP`; `+12 more` at the end if not all fit. */
export function summarize(ports: readonly GivenPort[]): string {
  const words: string[] = [];
  let length = 0;
  for (const port of ports) {
    const word = inOneWord(port);
    length += word.length + 1;
    if (length > ROOM) return `${words.join(' ')} +${ports.length - words.length} more`;
    words.push(word);
  }
  return words.join(' ');
}

function inOneWord({ name, protocol, port, endPort, hostIP }: GivenPort): string {
  const address = hostIP === undefined ? '' : `${hostIP.includes(':') ? `[${hostIP}]` : hostIP}:`;
  const end = endPort === undefined || endPort === port ? '' : `-${endPort}`;
  return `${name}=${address}${port}${end}/${protocol}`;
}
