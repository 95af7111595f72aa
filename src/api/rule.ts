import type { z } from 'zod';

/** A message that is made of the value: for the API server in CEL over `self`, for us in TypeScript. */
export interface Wording<T> {
  readonly cel: string;
  readonly text: (value: T) => string;
}

/**
 * One thing that must be true of a value, said twice: to the API server in CEL and to our own validator.
 * The integration test of the schemas holds the two against each other.
 */
export interface Rule<T> {
  /** CEL over `self`. */
  readonly rule: string;
  /** The same as `rule`. */
  readonly holds: (value: T) => boolean;
  /** What is wrong, and what to write instead. */
  readonly message: string | Wording<T>;
}

/** What an update may not do. Only the API server sees both sides of it, so that there is no twin in TypeScript. */
export interface Transition {
  /** CEL over `self` and `oldSelf`. */
  readonly rule: string;
  readonly message: string;
}

/** What the generated schema says about a value beyond what its type says. */
export interface SchemaNotes {
  readonly description: string;
  readonly format?: string;
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

/** `schema`, refused by our validator and by the API server unless every rule holds. */
export function constrained<S extends z.ZodType>(
  schema: S,
  notes: SchemaNotes,
  rules: readonly Rule<z.output<S>>[],
  transitions: readonly Transition[] = [],
): S {
  const checked = schema.superRefine((value, context) => {
    for (const { holds, message } of rules) {
      if (holds(value)) continue;
      context.addIssue({ code: 'custom', message: typeof message === 'string' ? message : message.text(value) });
    }
  });
  const validations = [
    ...rules.map(({ rule, message }) => ({
      rule,
      ...(typeof message === 'string' ? { message } : { messageExpression: message.cel }),
    })),
    ...transitions,
  ];
  return checked.meta({ ...notes, 'x-kubernetes-validations': validations });
}

/**
 * Forbids to change an optional field. It goes on the object that has the field: a rule on the field itself isn't asked
 * when the field comes or goes, so that unset and set again would get round it.
 */
export function immutable(field: string, because: string): Transition {
  return {
    rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    message: `${field} can't be changed: ${because}`,
  };
}

/** The text that is wrong in quotes, then `words`. Not for numbers: how long string(number) gets, the API server can't tell. */
export function quoting(words: string): Wording<string> {
  return { cel: celText('"') + ' + self + ' + celText(`"${words}`), text: (value) => `"${value}"${words}` };
}

/** `text` as a CEL string literal. */
export function celText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
