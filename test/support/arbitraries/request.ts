import fc from 'fast-check';
import { SCTP, TCP, UDP } from '../../../src/core/index.ts';
import type { PortRequest } from '../../../src/core/index.ts';
import { someAddress } from './address.ts';

const NAMES = ['game', 'rcon', 'rtp', 'http'];

/** Numbers in and about the pools of {@link Player}. */
export const someNumber = fc.integer({ min: 20028, max: 20047 });

const someProtocols = fc.constantFrom(TCP, UDP, SCTP, TCP | UDP);

const someCount = fc.oneof(
  { weight: 5, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 5 }) },
);

function somePort(name: string): fc.Arbitrary<PortRequest> {
  const chosen = fc.record({
    name: fc.constant(name),
    protocols: someProtocols,
    address: someAddress,
    count: someCount,
  });
  const exact = fc.tuple(chosen, someNumber).map(([port, number]) => ({ ...port, number }));
  return fc.oneof({ weight: 3, arbitrary: chosen }, { weight: 1, arbitrary: exact });
}

/** Up to four ports of different names, in any order. */
export const somePorts: fc.Arbitrary<readonly PortRequest[]> = fc
  .shuffledSubarray(NAMES, { minLength: 1 })
  .chain((names) => fc.tuple(...names.map(somePort)));

/** One port without an exact number. */
export const someChosenPort: fc.Arbitrary<PortRequest> = fc.record({
  name: fc.constantFrom(...NAMES),
  protocols: someProtocols,
  address: someAddress,
  count: someCount,
});
