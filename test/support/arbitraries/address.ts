import fc from 'fast-check';
import { parseAddress } from '../../../src/core/index.ts';

/** Few addresses of every sort, so that they meet often. */
export const someAddress = fc.constantFrom('', '', '', '0.0.0.0', '::', '10.0.0.1', '10.0.0.2', 'fd00::1');

/** Any address in canonical form. */
export const anyAddress = fc
  .oneof(fc.constantFrom('', '0.0.0.0', '::'), fc.ipV4(), fc.ipV6())
  .map((text) => parseAddress(text) ?? '');
