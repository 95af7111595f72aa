import fc from 'fast-check';
import { holder } from '../../../src/core/index.ts';
import type { Claim, Holder } from '../../../src/core/index.ts';
import { anyAddress } from './address.ts';

/** A name as RFC 1123 has it, with dots where `subdomain` allows them. */
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const subdomain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));

const anyHolder: fc.Arbitrary<Holder> = fc
  .record({
    group: fc.oneof(fc.constant(''), subdomain),
    kind: fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,15}$/),
    namespace: fc.oneof(fc.constant(''), label),
    name: subdomain,
    uid: fc.uuid(),
  })
  .map(holder);

/** The last second that a date of four digits can name. */
const YEAR_9999 = 253_402_300_799;

/** Any claim that managers write. */
export const anyClaim: fc.Arbitrary<Claim> = fc.record({
  number: fc.integer({ min: 1, max: 65535 }),
  protocols: fc.integer({ min: 1, max: 7 }),
  address: anyAddress,
  pool: subdomain,
  holder: anyHolder,
  port: subdomain,
  state: fc.constantFrom('held', 'reserved', 'cooling'),
  time: fc.integer({ min: 0, max: YEAR_9999 }),
});
