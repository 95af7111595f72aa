import { z } from 'zod';
import { constrained } from './rule.ts';

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const VALUES_NEEDED = 'In and NotIn need values: write values: ["a", "b"]';
const VALUES_USELESS = 'Exists and DoesNotExist take no values: leave values out';

const labelKey = z.string().min(1).max(317);
const labelValue = z.string().max(63).regex(LABEL_VALUE);

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

/** Kubernetes' LabelSelector, with a limit for every length. */
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
  .meta({ description: 'Which objects are meant, by their labels.', 'x-kubernetes-map-type': 'atomic' });

/** Selects objects by their labels. An empty selector selects all of them. */
export type LabelSelector = z.output<typeof labelSelector>;

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
  { key, operator, values = [] }: z.output<typeof requirement>,
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
