import { z } from 'zod';

/** A message that contains the value: in CEL over `self` for the API server, in TypeScript for our validator. */
interface Wording<T> {
  readonly cel: string;
  readonly text: (value: T) => string;
}

/**
 * A rule about a value, written twice: in CEL for the API server, and in TypeScript for our validator. The integration
 * test of the schemas compares the two.
 */
export interface Rule<T> {
  /** CEL over `self`. */
  readonly rule: string;
  /** The same as `rule`. */
  readonly holds: (value: T) => boolean;
  /** What is wrong, and what to write instead. */
  readonly message: string | Wording<T>;
}

/** A rule about updates. Only the API server sees both versions, so it has no twin in TypeScript. */
export interface Transition {
  /** CEL over `self` and `oldSelf`. */
  readonly rule: string;
  readonly message: string;
}

/** What the generated schema says about a value besides its type. */
interface SchemaNotes {
  readonly description: string;
  readonly format?: string;
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

/** `schema`, with rules that our validator and the API server enforce. */
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
 * Forbids to change an optional field. It belongs on the object with the field: a rule on the field itself isn't
 * evaluated when the field is added or removed, so removing and adding it again would circumvent the rule.
 */
export function immutable(field: string, because: string): Transition {
  return {
    rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    message: `${field} can't be changed: ${because}`,
  };
}

/** The field that identifies the items of a list map. */
type Key = 'name' | 'type';

/** A list in which each key occurs once. The API server itself refuses duplicates, and merges such lists item by item. */
export function listMap<K extends Key, S extends z.ZodType<Readonly<Record<K, string>>>>(
  item: S,
  key: K,
  bounds: { readonly min?: number; readonly max: number; readonly description: string },
): z.ZodArray<S> {
  const { min = 0, max, description } = bounds;
  const list = z.array(item).max(max);
  const bounded = min === 0 ? list : list.min(min);
  const unique = bounded.superRefine((items, context) => {
    const seen = new Set<string>();
    for (const [at, { [key]: value }] of items.entries()) {
      if (seen.has(value)) {
        context.addIssue({ code: 'custom', path: [at], message: `duplicate ${key} "${value}": choose another one` });
      }
      seen.add(value);
    }
  });
  return unique.meta({ description, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] });
}

/**
 * The rule that a text matches `pattern`, a regular expression that CEL and JavaScript read alike.
 * @param fault follows the quoted text in the message: what is wrong, and what to write instead
 */
export function matching(pattern: string, fault: string): Rule<string> {
  const expression = new RegExp(pattern);
  return {
    rule: `self.matches(${celText(pattern)})`,
    holds: (text) => expression.test(text),
    message: quoting(fault),
  };
}

/** The wrong text in quotes, then `words`. Not for numbers: the API server can't estimate the length of string(number). */
export function quoting(words: string): Wording<string> {
  return { cel: celText('"') + ' + self + ' + celText(`"${words}`), text: (value) => `"${value}"${words}` };
}

/** `text` as a CEL string literal. */
export function celText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
