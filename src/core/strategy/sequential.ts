import { nextRunAround } from './strategy.ts';
import type { Strategy } from './strategy.ts';

/** The lowest free number from the start upward, then from the lowest of all. */
export const sequential: Strategy = {
  name: 'Sequential',
  choose: ({ free, count, start }) => nextRunAround(free, count, start),
};
