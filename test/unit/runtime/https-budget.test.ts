import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BodyBudget } from '../../../src/runtime/https-budget.ts';

const limits = { totalBytes: 100, smallShareBytes: 40, smallBytes: 10 };

test('large bodies leave the share of small ones alone, and small ones may have all', () => {
  const budget = new BodyBudget(limits);
  const large = budget.open(10);
  expect([large.take(60), large.take(1)]).toEqual([true, false]);
  const small = Array.from({ length: 5 }, () => budget.open(9));
  expect(small.map((each) => each.take(9))).toEqual([true, true, true, true, false]);
  large[Symbol.dispose]();
  expect(Array.from({ length: 7 }, () => budget.open(9).take(9))).toEqual([...Array<boolean>(7).fill(true)]);
  expect(budget.open(9).take(9)).toBe(false);
  expect(budget.open(9).take(1)).toBe(true);
});

test('a body that does not say its length is a large one', () => {
  const budget = new BodyBudget(limits);
  expect(budget.open(undefined).take(61)).toBe(false);
  expect(budget.open(NaN).take(61)).toBe(false);
});

test('nothing is taken by words, and what is given back is there again', () => {
  const budget = new BodyBudget(limits);
  for (let at = 0; at < 1_000; at++) budget.open(at);
  for (let at = 0; at < 1_000; at++) {
    using allowance = budget.open(50);
    expect(allowance.take(60)).toBe(true);
  }
});

test('there is never more at once than the limits say', () => {
  const step = fc.record({ length: fc.option(fc.nat(30), { nil: undefined }), bytes: fc.nat(40), end: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const budget = new BodyBudget(limits);
      const open: { readonly isSmall: boolean; readonly end: () => void; bytes: number }[] = [];
      for (const { length, bytes, end } of steps) {
        const allowance = budget.open(length);
        const isSmall = length !== undefined && length < limits.smallBytes;
        const took = allowance.take(bytes);
        open.push({ isSmall, bytes: took ? bytes : 0, end: () => allowance[Symbol.dispose]() });
        const sum = (all: typeof open): number => all.reduce((total, each) => total + each.bytes, 0);
        expect(sum(open)).toBeLessThanOrEqual(limits.totalBytes);
        expect(sum(open.filter((each) => !each.isSmall))).toBeLessThanOrEqual(60);
        open.splice(0, end % 3).forEach((each) => each.end());
      }
    }),
  );
});
