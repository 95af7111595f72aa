import fc from 'fast-check';
import { strategies } from '../../../src/core/index.ts';
import type { Address, PortRequest, Protocols, StrategyName } from '../../../src/core/index.ts';
import { someAddress } from './address.ts';
import { someNumber, somePorts } from './request.ts';

/** What can happen to a domain. Holders and pools are told by their places in the lists of whoever plays this. */
export type Operation =
  | {
      readonly does: 'ask';
      readonly who: number;
      readonly pool: number;
      readonly strategy: StrategyName;
      readonly start: number;
      readonly ports: readonly PortRequest[];
    }
  | { readonly does: 'release'; readonly who: number; readonly cooldown: number }
  /** The object is deleted and made anew; the API server says so at once, or the old one is still being deleted. */
  | { readonly does: 'replace'; readonly who: number; readonly known: boolean }
  /** A pod is let in with the numbers of a holder: for the first time, or instead of its last try. */
  | { readonly does: 'borrow'; readonly who: number; readonly pod: number; readonly isRetry: boolean }
  | { readonly does: 'see'; readonly pod: number }
  | { readonly does: 'leave'; readonly pod: number; readonly cooldown: number }
  | { readonly does: 'wait'; readonly seconds: number }
  | { readonly does: 'observe'; readonly number: number; readonly protocols: Protocols; readonly address: Address }
  | { readonly does: 'look away'; readonly number: number }
  | { readonly does: 'cut'; readonly pool: number; readonly number: number };

/** How many holders, pods that borrow from them, and pools there are to play with. */
export const HOLDERS = 5;
export const PODS = 3;
export const POOLS = 3;

const who = fc.nat(HOLDERS - 1);
const pool = fc.nat(POOLS - 1);
const pod = fc.nat(PODS - 1);

/** An ask of one holder. */
export const someAsk = fc.record({
  does: fc.constant('ask' as const),
  who,
  pool,
  strategy: fc.constantFrom(...(Object.keys(strategies) as StrategyName[])),
  start: fc.oneof(fc.constant(0), someNumber),
  ports: somePorts,
});

const someOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 12, arbitrary: someAsk },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('release' as const), who, cooldown: fc.constantFrom(0, 5, 9) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('replace' as const), who, known: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('borrow' as const), who, pod, isRetry: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('see' as const), pod }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('leave' as const), pod, cooldown: fc.constantFrom(0, 5, 9) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('observe' as const),
      number: someNumber,
      protocols: fc.constantFrom(1, 2, 3),
      address: someAddress,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('look away' as const), number: someNumber }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cut' as const), pool, number: someNumber }) },
);

/** A day in the life of a domain. */
export const someOperations: fc.Arbitrary<readonly Operation[]> = fc.array(someOperation, {
  minLength: 1,
  maxLength: 40,
});
