import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Bitmap, GROUP } from '../../../../src/core/index.ts';

const SPAN = 1024;

/** A change: a run of numbers added or taken away. Runs, so that words and groups fill up and run empty. */
const anyChanges = (length: number) =>
  fc.array(fc.record({ add: fc.boolean(), first: fc.nat(length - 1), run: fc.oneof(fc.constant(1), fc.nat(200)) }), {
    maxLength: 12,
  });

const anyCase = fc
  .oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1000, max: 3000 }))
  .chain((length) => fc.record({ length: fc.constant(length), changes: anyChanges(length), from: fc.nat(length) }));

test('a bitmap says what a plain list of booleans says', () => {
  fc.assert(
    fc.property(anyCase, ({ length, changes, from }) => {
      const bitmap = new Bitmap(length);
      const model = Array<boolean>(length).fill(false);
      for (const { add, first, run } of changes) {
        for (let index = first; index < Math.min(first + run, length); index++) {
          model[index] = add;
          if (add) bitmap.add(index);
          else bitmap.delete(index);
        }
      }
      const members = model.flatMap((member, index) => (member ? [index] : []));
      expect(walk(bitmap)).toEqual(members);
      expect(members.map((_, rank) => bitmap.at(rank))).toEqual(members);
      expect(bitmap.size).toBe(members.length);
      expect(counts(length, GROUP, (group) => bitmap.countInGroup(group))).toEqual(membersBy(GROUP, model));
      expect(counts(length, SPAN, (span) => bitmap.countInSpan(span))).toEqual(membersBy(SPAN, model));
      expect(bitmap.next(from)).toBe(from < length ? model.indexOf(true, from) : -1);
      const gap = model.indexOf(false, from);
      expect(bitmap.nextGap(from)).toBe(gap < 0 ? length : gap);
      expect(model.map((_, index) => bitmap.has(index))).toEqual(model);
    }),
    { numRuns: 200 },
  );
});

function walk(bitmap: Bitmap): number[] {
  const members: number[] = [];
  for (let member = bitmap.next(0); member >= 0; member = bitmap.next(member + 1)) members.push(member);
  return members;
}

function counts(length: number, size: number, countIn: (part: number) => number): number[] {
  return Array.from({ length: Math.ceil(length / size) }, (_, part) => countIn(part));
}

function membersBy(size: number, model: readonly boolean[]): number[] {
  const starts = Array.from({ length: Math.ceil(model.length / size) }, (_, part) => part * size);
  return starts.map((start) => model.slice(start, start + size).filter(Boolean).length);
}
