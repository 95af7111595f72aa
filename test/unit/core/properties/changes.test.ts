import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Domain } from '../../../../src/core/index.ts';
import type { Claim } from '../../../../src/core/index.ts';
import { claim, seen } from '../make.ts';

const number = fc.integer({ min: 20_000, max: 20_012 });
const step = fc.oneof(
  fc.record({
    does: fc.constantFrom('write', 'plan and keep', 'plan and take back'),
    numbers: fc.array(number, { maxLength: 5 }),
  }),
  fc.record({ does: fc.constant('see'), numbers: fc.array(number, { maxLength: 2 }) }),
  fc.record({ does: fc.constant('take'), numbers: fc.constant([]) }),
);

test('what is taken as changed is all that changed for good since, with what was there before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const domain = new Domain().follow();
      const before = new Map<number, readonly Claim[]>();
      const changed = new Set<number>();
      let time = 0;
      const write = (at: number): void => domain.write(at, time % 3 === 0 ? [] : [claim(at, { time: time++ })]);
      const note = (numbers: readonly number[]): void => {
        for (const at of numbers) if (!before.has(at)) before.set(at, domain.claimsOn(at));
        for (const at of numbers) changed.add(at);
      };
      for (const { does, numbers } of [...steps, { does: 'take', numbers: [] }]) {
        time++;
        if (does === 'take') {
          const changes = domain.takeChanges();
          expect(new Set(changes.keys())).toEqual(changed);
          for (const [at, there] of changes) expect(there).toEqual(before.get(at));
          before.clear();
          changed.clear();
        } else if (does === 'see') {
          note(numbers);
          for (const at of numbers) domain.observe(at, [seen(at)]);
        } else if (does === 'write') {
          note(numbers);
          numbers.forEach(write);
        } else {
          if (does === 'plan and keep') note(numbers);
          domain.begin();
          numbers.forEach(write);
          if (does === 'plan and keep') domain.commit();
          else domain.rollback();
        }
      }
    }),
    { numRuns: 300 },
  );
});
