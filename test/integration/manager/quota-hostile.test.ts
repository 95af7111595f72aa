import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { SOON_MS, expectRefusal, makeNamespace, numbersGiven } from './expectations.ts';

const TENANT = 'tenant';
const QUOTA = 3;

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ managers: 1, sweepInterval: '1s' });
  await hostport.objects.createPool('small', { ranges: ['5000-5999'], cooldown: '0s', maxPortsPerNamespace: QUOTA });
  const selector = { matchLabels: { vip: 'true' } };
  await hostport.objects.createPool('closed', { ranges: ['6000-6999'], namespaceSelector: selector });
  await makeNamespace(hostport, TENANT);
  const account = ['-n', TENANT, 'create', 'serviceaccount', 'player'];
  await succeed(hostport.kubectl(account));
  const may = ['--verb=create,get,list,patch,delete', '--resource=pods,portallocations.hostport.io'];
  await succeed(hostport.kubectl(['-n', TENANT, 'create', 'role', 'player', ...may]));
  const bind = ['-n', TENANT, 'create', 'rolebinding', 'player', '--role=player', `--serviceaccount=${TENANT}:player`];
  await succeed(hostport.kubectl(bind));
  await hostport.eventually(
    () => hostport.kubectl(['get', 'serviceaccount', 'default', '-n', TENANT]),
    ({ code }) => code === 0,
    'the namespace has an account for its pods',
    SOON_MS,
  );
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** `kubectl` with the rights of the tenant. */
function asTenant(args: readonly string[], input?: object) {
  const text = input === undefined ? undefined : JSON.stringify(input);
  return hostport.kubectl(['-n', TENANT, `--as=system:serviceaccount:${TENANT}:player`, ...args], text);
}

function pod(name: string, annotations: Readonly<Record<string, string>>, ports: readonly object[]): object {
  const prefixed = Object.fromEntries(Object.entries(annotations).map(([key, text]) => [`hostport.io/${key}`, text]));
  const containers = [{ name: 'main', image: 'registry.invalid/idle:1', ports }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, annotations: prefixed }, spec: { containers } };
}

/** What stands in the ledger for the tenant. */
async function heldByTenant(): Promise<readonly string[]> {
  const claims = (await hostport.ledger()).flatMap((block) => block.claims);
  return claims
    .filter(({ holder }) => holder.namespace === TENANT)
    .map(({ number, address }) => `${number} ${address}`);
}

test('who brings numbers along is within the quota and the selector of the pools that have them', async () => {
  const ports = (first: number, count: number): readonly object[] =>
    Array.from({ length: count }, (_, at) => ({ name: `p${at}`, containerPort: first + at }));
  const passing = { enabled: 'true', policy: 'Passthrough' };
  const many = await asTenant(['create', '-f', '-'], pod('many', passing, ports(5000, QUOTA + 1)));
  expect(many.stderr).toContain(
    `namespace "${TENANT}" holds 0 of the ${QUOTA} numbers that it may hold in pool "small"`,
  );
  const foreign = await asTenant(
    ['create', '-f', '-'],
    pod('foreign', passing, [...ports(5000, 1), { name: 'x', containerPort: 6000 }]),
  );
  expect(foreign.stderr).toContain(`namespace "${TENANT}" may not use pool "closed"`);
  expect(await heldByTenant()).toEqual([]);
});

test('a number on more addresses than may be is refused, and each address is one of the quota', async () => {
  const onAddresses = (name: string, count: number): object => ({
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'PortAllocation',
    metadata: { name },
    spec: {
      poolName: 'small',
      ports: Array.from({ length: count }, (_, at) => ({
        name: `p${at}`,
        port: 5500,
        hostIP: `10.0.${at >> 8}.${at & 255}`,
      })),
    },
  });
  await succeed(asTenant(['create', '-f', '-'], onAddresses('crowd', 1_024)));
  await expectRefusal(hostport, 'crowd', {
    reason: 'PortHeld',
    says: ['write another number, or one port without hostIP'],
    namespace: TENANT,
  });
  await succeed(asTenant(['create', '-f', '-'], onAddresses('four', QUOTA + 1)));
  await expectRefusal(hostport, 'four', { reason: 'QuotaExceeded', says: ['and asks for 4 more'], namespace: TENANT });
  await hostport.objects.createAllocation('another', { poolName: 'small', ports: [{ name: 'p', port: 5500 }] });
  expect(await numbersGiven(hostport, 'another')).toEqual([5500]);
});
