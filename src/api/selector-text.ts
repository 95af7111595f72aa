import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { LabelSelector } from './label-selector.ts';

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

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
 * @returns the part that can't be parsed, with the reason
 */
export function parseSelectorText(text: string): Result<LabelSelector, string> {
  const matchExpressions: Requirement[] = [];
  for (const part of text.split(BETWEEN).map((each) => each.trim())) {
    const requirement = requirementIn(part);
    if (requirement === undefined) return err(faultOf(part));
    matchExpressions.push(requirement);
  }
  return ok({ matchExpressions });
}

function requirementIn(part: string): Requirement | undefined {
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
