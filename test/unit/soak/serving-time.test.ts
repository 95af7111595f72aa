import { expect, test } from '@jest/globals';
import { ServingTime } from '../../soak/serving-time.ts';

test('time counts while at least one manager serves', () => {
  let now = 0;
  const monotonic = (): number => now;
  const time = new ServingTime({ monotonic, now: monotonic, schedule: () => ({ [Symbol.dispose]: () => undefined }) });
  const steps: readonly (readonly [at: number, step: () => void, counted: number])[] = [
    [10, () => time.add('one'), 0],
    [15, () => time.add('two'), 5],
    [20, () => time.remove('one'), 10],
    [20, () => time.remove('one'), 10],
    [30, () => time.remove('two'), 20],
    [90, () => undefined, 20],
    [100, () => time.add('two'), 20],
    [101, () => undefined, 21],
  ];
  for (const [at, step, counted] of steps) {
    now = at;
    step();
    expect(time.ms).toBe(counted);
  }
});
