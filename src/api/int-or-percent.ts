import { z } from 'zod';
import { celText, constrained } from './rule.ts';

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

/** How many of `total` `value` means, at least 1. A percentage is rounded up, as for a StatefulSet. */
export function countOf(value: number | string, total: number): number {
  const wanted = typeof value === 'number' ? value : Math.ceil((Number(value.slice(0, -1)) * total) / 100);
  return Math.max(1, wanted);
}
