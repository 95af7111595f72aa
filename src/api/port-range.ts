import { z } from 'zod';
import { celText, constrained, matching, quoting } from './rules.ts';
import type { Rule } from './rules.ts';

/** The highest number that a port can have. */
export const HIGHEST_PORT = 65_535;

const FORM = '^[0-9]{1,9}(-[0-9]{1,9})?$';
const form = new RegExp(FORM);

const NOT_A_RANGE = ' is not a range of ports: write "20000-29999", or one number like "27017"';
const NOT_PORTS = ' has a number that no port can have: write numbers from 1 to 65535';

// Rules are evaluated independently: each one after the first must accept a text that isn't a range at all.
const isOtherForm = `!self.matches(${celText(FORM)})`;

const hasPorts: Rule<string> = {
  rule: `${isOtherForm} || self.split('-').all(n, int(n) >= 1 && int(n) <= ${HIGHEST_PORT})`,
  holds: (range) => !form.test(range) || range.split('-').every((n) => Number(n) >= 1 && Number(n) <= HIGHEST_PORT),
  message: quoting(NOT_PORTS),
};

const isAscending: Rule<string> = {
  rule: `${isOtherForm} || !self.contains('-') || int(self.split('-')[0]) <= int(self.split('-')[1])`,
  holds(range) {
    const [first, last = first] = range.split('-');
    return !form.test(range) || Number(first) <= Number(last);
  },
  message: {
    cel: `'"' + self + '" is reversed: write "' + self.split('-')[1] + '-' + self.split('-')[0] + '"'`,
    text: (range) => `"${range}" is reversed: write "${range.split('-').reverse().join('-')}"`,
  },
};

/** Ports as a person writes them: `"a-b"`, both ends included, or `"a"`. Core interprets the numbers. */
export const portRange = constrained(
  // Longer than any range, so that several ranges in one text get a message that says what to write instead.
  z.string().max(32),
  { description: 'Ports: "20000-29999", both ends included, or one number.' },
  [matching(FORM, NOT_A_RANGE), hasPorts, isAscending],
);
