import { z } from 'zod';
import { invariant } from '../base/result.ts';
import { celText, constrained, quoting } from './rule.ts';

const millisecondsOf: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const HOUR_MS = 3_600_000;

// Few digits for each unit, so that CEL's duration() can't overflow.
const FORM = '^([0-9]{1,6}([.][0-9]{1,6})?(ms|s|m|h))+$';
const form = new RegExp(FORM);

const NOT_A_DURATION = ' is not a duration: write numbers with units (ms, s, m, h), like "30s" or "1m30s"';
const TOO_LONG = ' is too long: write "1h" or less';

/**
 * Milliseconds in a duration of the form `1h`, `1m30s`, `1.5s`. Only for texts that went through {@link upToAnHour}.
 */
export function durationMs(text: string): number {
  invariant(form.test(text), `not a duration: ${text}`);
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    sum += Number(amount) * (millisecondsOf[unit ?? ''] ?? 0);
  }
  return sum;
}

/** A duration from `0s` to `1h`, as a person writes it. */
export function upToAnHour(description: string): z.ZodString {
  return constrained(z.string().max(16), { description }, [
    {
      rule: `self.matches(${celText(FORM)})`,
      holds: (text) => form.test(text),
      message: quoting(NOT_A_DURATION),
    },
    {
      rule: `!self.matches(${celText(FORM)}) || duration(self) <= duration('1h')`,
      holds: (text) => !form.test(text) || durationMs(text) <= HOUR_MS,
      message: quoting(TOO_LONG),
    },
  ]);
}
