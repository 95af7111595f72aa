/**
 * How a number is chosen among those that are free. A strategy is one file and one line here.
 *
 * Invariant: a strategy finds a place whenever there is one, so a pool is called full only when it is.
 */
import { random } from './random.ts';
import { sequential } from './sequential.ts';
import type { Strategy } from './strategy.ts';
import { stride } from './stride.ts';

export type { Choice, RoundState, Strategy } from './strategy.ts';

/** Every strategy by the name that resources use; the first is the default of pools. */
export const strategies = {
  Stride: stride,
  Sequential: sequential,
  Random: random,
} as const satisfies Readonly<Record<string, Strategy>>;

/** The name of one of {@link strategies}. */
export type StrategyName = keyof typeof strategies;

/** The names of all of {@link strategies}, in their order. */
export const strategyNames = Object.keys(strategies) as [StrategyName, ...StrategyName[]];
