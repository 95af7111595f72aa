import { z } from 'zod';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { LabelSelector } from '../kube/index.ts';
import { labelValue } from './name-forms.ts';
import { constrained } from './rules.ts';

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

const VALUES_NEEDED = 'In and NotIn need values: write values: ["a", "b"]';
const VALUES_USELESS = 'Exists and DoesNotExist take no values: leave values out';

const labelKey = z.string().min(1).max(317);

const requirement = constrained(
  z.object({
    key: labelKey.describe('The label that is looked at.'),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How it is compared.'),
    values: z.array(labelValue).max(64).exactOptional().meta({
      description: 'What In and NotIn compare it with.',
      'x-kubernetes-list-type': 'atomic',
    }),
  }),
  { description: 'One condition on a label.' },
  [
    {
      rule: `!(self.operator in ['In', 'NotIn']) || (has(self.values) && size(self.values) > 0)`,
      holds: ({ operator, values = [] }) => !(operator === 'In' || operator === 'NotIn') || values.length > 0,
      message: VALUES_NEEDED,
    },
    {
      rule: `self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0`,
      holds: ({ operator, values = [] }) => operator === 'In' || operator === 'NotIn' || values.length === 0,
      message: VALUES_USELESS,
    },
  ],
);

/** Kubernetes' LabelSelector, with a limit for every length. An empty one selects every object. */
export const labelSelector = z
  .object({
    matchLabels: z.record(z.string(), labelValue).exactOptional().meta({
      description: 'Labels that must have these values.',
      maxProperties: 64,
    }),
    matchExpressions: z.array(requirement).max(64).exactOptional().meta({
      description: 'Conditions that must all hold.',
      'x-kubernetes-list-type': 'atomic',
    }),
  })
  .meta({
    description: 'Which objects are meant, by their labels.',
    'x-kubernetes-map-type': 'atomic',
  }) satisfies z.ZodType<LabelSelector>;

/**
 * Whether the selector selects an object with these labels, by the rules of the API server: `NotIn` is true if the
 * label is absent.
 */
export function selectorMatches(selector: LabelSelector, labels: Readonly<Record<string, string>> = {}): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => requirementHolds(expression, labels))
  );
}

function requirementHolds(
  { key, operator, values = [] }: Requirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

const NAME = '[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const KEY = `(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?${NAME}`;
const VALUE = `(?:${NAME})?`;

const PRESENT = new RegExp(`^(!?)\\s*(${KEY})$`);
const EQUAL = new RegExp(`^(${KEY})\\s*(=|==|!=)\\s*(${VALUE})$`);
const AMONG = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const ONE_VALUE = new RegExp(`^${VALUE}$`);
/** Commas outside of parentheses. */
const BETWEEN = /,(?![^()]*\))/;

/**
 * Parses a label selector in the syntax of `kubectl get -l`: `app=web,tier in (a,b),!canary`. An empty one, which would
 * select everything, and comparisons by `<` and `>` are refused.
 * @returns an error that names the part that can't be parsed, and says why
 */
export function parseSelectorText(text: string): Result<LabelSelector, string> {
  const matchExpressions: Requirement[] = [];
  for (const part of text.split(BETWEEN).map((each) => each.trim())) {
    const requirement = parseRequirement(part);
    if (requirement === undefined) return err(faultOf(part));
    matchExpressions.push(requirement);
  }
  return ok({ matchExpressions });
}

function parseRequirement(part: string): Requirement | undefined {
  const [, not, present] = PRESENT.exec(part) ?? [];
  if (present !== undefined) return { key: present, operator: not === '!' ? 'DoesNotExist' : 'Exists' };
  const [, key, sign, value = ''] = EQUAL.exec(part) ?? [];
  if (key !== undefined) return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
  const [, of, word, list = ''] = AMONG.exec(part) ?? [];
  const values = list.split(',').map((each) => each.trim());
  if (of === undefined || !values.every((each) => ONE_VALUE.test(each))) return undefined;
  return { key: of, operator: word === 'in' ? 'In' : 'NotIn', values };
}

function faultOf(part: string): string {
  if (part === '') return 'a part of it is empty';
  return /[<>]/.test(part) ? `"${part}" compares by size, which is not known here` : `"${part}" can't be read`;
}
