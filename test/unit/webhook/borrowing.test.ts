import { expect, test } from '@jest/globals';
import type { GrantedPort } from '../../../src/core/index.ts';
import { TCP, parseAddress } from '../../../src/core/index.ts';
import { portsBorrowed } from '../../../src/webhook/borrowing.ts';
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
  ['an address of the family that it is lent at', { ...lent, ...at('0.0.0.0') }, '10.0.0.18'],
  ['an address, of a number that is lent at all', { ...lent, ...tcp('p'), number: 20_000 }, '10.0.0.18'],
])('a pod may borrow a number with %s', (_, lender, hostIP) => {
  expect(verdictOn(lender, hostIP)).toBe(20_000);
});

const EVERY = 'none, which is every address';

test.each([
  ['another address than is lent', lent, '10.0.0.18', ['10.0.0.17', '10.0.0.18']],
  ['no address', lent, undefined, ['10.0.0.17', EVERY]],
  ['no address where one family is lent', { ...lent, ...at('::') }, undefined, ['::', EVERY]],
  ['the other family', { ...lent, ...at('0.0.0.0') }, '::1', ['0.0.0.0', '::1']],
])('a pod with %s is told so: nobody holds the number there for it', (_, lender, hostIP, [is, own]) => {
  expect(verdictOn(lender, hostIP)).toBe(
    `hostport.io/allocation: port "p" of PortAllocation "voice" is at ${is} alone, and the hostIP of the container's is ${own}: write hostIP: ${is} there`,
  );
});
