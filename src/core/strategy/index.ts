/**
 * How a number is chosen among those that are free. A strategy is one file and one line here.
 *
 * Invariant: a strategy finds a place whenever there is one, so a pool is called full only when it is.
 */
import { random } from './random.ts';
import { sequential } from './sequential.ts';
import type { Strategy, StrategyName } from './strategy.ts';
import { stride } from './stride.ts';

export type { Choice, RoundState, Strategy, StrategyName } from './strategy.ts';

/** Every strategy by the name that resources use. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  Sequential: sequential,
  Random: random,
  Stride: stride,
};
