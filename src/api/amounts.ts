import { z } from 'zod';
import { invariant } from '../base/result.ts';
import { celText, constrained, matching, quoting } from './rules.ts';

const millisecondsOf: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const HOUR_MS = 3_600_000;

// Few digits for each unit, so that CEL's duration() can't overflow.
const DURATION = '^([0-9]{1,6}([.][0-9]{1,6})?(ms|s|m|h))+$';
const duration = new RegExp(DURATION);

const NOT_A_DURATION = ' is not a duration: write numbers with units (ms, s, m, h), like "30s" or "1m30s"';
const TOO_LONG = ' is too long: write "1h" or less';

/** Milliseconds in a duration such as `1h`, `1m30s` or `1.5s`. Only for texts that {@link upToAnHour} accepts. */
export function durationMs(text: string): number {
  invariant(duration.test(text), `not a duration: ${text}`);
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    sum += Number(amount) * (millisecondsOf[unit ?? ''] ?? 0);
  }
  return sum;
}

/** A duration from `0s` to `1h`, as a person writes it. */
export function upToAnHour(description: string): z.ZodString {
  return constrained(z.string().max(16), { description }, [
    matching(DURATION, NOT_A_DURATION),
    {
      rule: `!self.matches(${celText(DURATION)}) || duration(self) <= duration('1h')`,
      holds: (text) => !duration.test(text) || durationMs(text) <= HOUR_MS,
      message: quoting(TOO_LONG),
    },
  ]);
}

const PERCENT = '^([1-9][0-9]?|100)%$';
const percent = new RegExp(PERCENT);

/** A number of 1 or more, or a percentage like `10%`, which amounts to at least one. */
export function intOrPercent(description: string): z.ZodType<number | string, number | string> {
  const value = constrained(
    // A union would become anyOf, which says the same in more words.
    z.unknown().pipe(z.union([z.int(), z.string()])),
    { description, 'x-kubernetes-int-or-string': true },
    [
      {
        rule: `type(self) == int ? self >= 1 : self.matches(${celText(PERCENT)})`,
        holds: (value) => (typeof value === 'number' ? value >= 1 : percent.test(value)),
        message: 'this is no number of at least 1 and no share: write one like 2, or "10%"',
      },
    ],
  );
  return value as unknown as ReturnType<typeof intOrPercent>;
}

/** How many of `total` are meant by `value`, at least 1. A percentage is rounded up, as for a StatefulSet. */
export function countOf(value: number | string, total: number): number {
  const wanted = typeof value === 'number' ? value : Math.ceil((Number(value.slice(0, -1)) * total) / 100);
  return Math.max(1, wanted);
}
