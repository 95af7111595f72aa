import { expect, test } from '@jest/globals';
import type { GrantedPort } from '../../../src/core/index.ts';
import { TCP, parseAddress } from '../../../src/core/index.ts';
import { portsBorrowed } from '../../../src/webhook/borrowed.ts';
import type { DemandedPort } from '../../../src/workload/index.ts';
import { tcp } from '../core/make.ts';

const at = (text: string) => ({ address: parseAddress(text) ?? text });
const lent: GrantedPort = { ...tcp('p'), protocols: TCP, count: 1, number: 20_000, ...at('10.0.0.17') };

function verdictOn(lender: GrantedPort, hostIP: string | undefined): string | number | undefined {
  const port = { name: 'p', protocol: 'TCP', count: 1, ...(hostIP === undefined ? {} : { hostIP }) };
  const given = portsBorrowed('voice', [lender], { ports: [port as unknown as DemandedPort] });
  return given.ok ? given.value.get('p')?.number : given.error.message;
}

test.each([
  ['the same address', lent, '10.0.0.17'],
  ['the same address in other words', lent, '::ffff:10.0.0.17'],
  ['no address', lent, undefined],
  ['an address, of a number that is lent at all', { ...lent, ...tcp('p'), number: 20_000 }, '10.0.0.18'],
])('a pod may borrow a number with %s', (_, lender, hostIP) => {
  expect(verdictOn(lender, hostIP)).toBe(20_000);
});

test('a pod that names another address than is lent is told so: nobody holds the number there for it', () => {
  expect(verdictOn(lent, '10.0.0.18')).toBe(
    'hostport.io/allocation: port "p" of PortAllocation "voice" is at 10.0.0.17, and the container\'s has hostIP 10.0.0.18: make them the same',
  );
});
