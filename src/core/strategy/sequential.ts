import { nextRunAround } from './strategy.ts';
import type { Strategy } from './strategy.ts';

/** The lowest free number from the start, or that of the stretch, upward; then from the lowest of all. */
export const sequential: Strategy = {
  gives: 'the lowest',
  choose: ({ free, count, start, stretch = start }) => nextRunAround(free, count, stretch),
};
