import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { PortAllocation, PortPoolManifest } from '../../../src/api/index.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { allocation, numbersGiven } from './expectations.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport();
  await hostport.apply(pool('used', { ranges: ['5000-5009'] }));
  await hostport.apply(
    allocation('held', { poolName: 'used', ports: [{ name: 'game' }, { name: 'rcon', port: 5009 }] }),
  );
  await hostport.apply(allocation('of-default', { ports: [{ name: 'game' }] }));
  await numbersGiven(hostport, 'held');
  await numbersGiven(hostport, 'of-default');
});
afterAll(async () => hostport[Symbol.asyncDispose]());

function pool(name: string, spec: PortPoolManifest['spec']): PortPoolManifest {
  return { apiVersion: 'hostport.io/v1alpha1', kind: 'PortPool', metadata: { name }, spec };
}

/** What a person sees of who has what; the same before and after whatever was refused. */
async function whatIsHeld(): Promise<unknown> {
  const statusOf = ({ metadata, status }: PortAllocation) => ({ name: metadata.name, status });
  return { shown: (await hostport.objects.allocations()).map(statusOf), stored: await hostport.holders() };
}

let before: unknown;
beforeEach(async () => {
  before = await whatIsHeld();
});

/** Applies something, and expects kubectl to fail with these words and nothing to have changed. */
async function expectRejection(manifest: object, words: readonly string[]): Promise<void> {
  const { code, stderr } = await hostport.kubectl(['apply', '-f', '-'], manifest);
  expect(code).toBe(1);
  for (const word of words) expect(stderr).toContain(word);
  expect(await whatIsHeld()).toEqual(before);
}

const NOT_PORTS = 'has a number that no port can have: write numbers from 1 to 65535';

const badPools: readonly (readonly [string, PortPoolManifest['spec'], readonly string[]])[] = [
  ['a reversed range', { ranges: ['5009-5000'] }, ['spec.ranges[0]', '"5009-5000" is reversed: write "5000-5009"']],
  ['number 0', { ranges: ['0-10'] }, ['spec.ranges[0]', `"0-10" ${NOT_PORTS}`]],
  ['number 70000', { ranges: ['5000-5009', '70000'] }, ['spec.ranges[1]', `"70000" ${NOT_PORTS}`]],
  ['a reversed exclusion', { ranges: ['5000-5009'], exclude: ['9-5'] }, ['spec.exclude[0]', 'write "5-9"']],
  ['another scope', { ranges: ['5000-5009'], scope: 'Node' }, ["scope can't be changed", 'create another pool']],
];

describe('kubectl apply refuses an edit of a pool in use with', () => {
  test.each(badPools)('%s', (_, spec, words) => expectRejection(pool('used', spec), words));
});

describe('kubectl apply refuses a new pool with', () => {
  test.each(badPools.slice(0, 4))('%s', (_, spec, words) => expectRejection(pool('new', spec), words));
});

const NO_SUCH_PORT = 'no port has this number: write one from 1 to 65535, or leave port out to be given a free one';
const badPorts: readonly (readonly [string, readonly object[], readonly string[]])[] = [
  ['port 0', [{ name: 'game', port: 0 }], ['spec.ports[0].port', NO_SUCH_PORT]],
  ['port 70000', [{ name: 'game', port: 70_000 }], ['spec.ports[0].port', NO_SUCH_PORT]],
  ['a port name twice', [{ name: 'game' }, { name: 'game', port: 5001 }], ['spec.ports[1]', 'Duplicate value', 'game']],
  ['no ports', [], ['spec.ports', 'at least 1 items']],
  [
    'a block beyond the last number',
    [{ name: 'rtp', port: 65_530, count: 8 }],
    ['write a smaller port or a smaller count'],
  ],
  ['an unknown protocol', [{ name: 'game', protocol: 'QUIC' }], ['supported values: "TCP", "UDP", "SCTP", "TCPUDP"']],
];

describe('kubectl apply refuses', () => {
  test.each(badPorts)('an edit to %s', (_, ports, words) => {
    const wanted = allocation('held', { poolName: 'used', ports: [] });
    return expectRejection({ ...wanted, spec: { ...wanted.spec, ports } }, words);
  });

  test.each(badPorts)('a new allocation with %s', (_, ports, words) => {
    const wanted = allocation('new', { poolName: 'used', ports: [] });
    return expectRejection({ ...wanted, spec: { ...wanted.spec, ports } }, words);
  });

  const moved = ["poolName can't be changed", 'see status.poolName', 'create another PortAllocation'];
  const ports = [{ name: 'game' }];

  test('another pool for an allocation', () =>
    expectRejection(allocation('held', { poolName: 'default', ports }), moved));

  test('no pool any more', () => expectRejection(allocation('held', { ports }), moved));

  test('a pool for an allocation that named none', () =>
    expectRejection(allocation('of-default', { poolName: 'used', ports }), moved));

  test('not even the pool that it is of', () =>
    expectRejection(allocation('of-default', { poolName: 'default', ports }), moved));
});
