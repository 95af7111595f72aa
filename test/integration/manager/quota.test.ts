import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { LedgerBlock, RunningHostport } from '../../support/hostport/hostport.ts';
import { readBlock } from '../../support/hostport/ledger.ts';
import { SOON_MS, expectRefusal, makeNamespace, numbersGiven } from './expectations.ts';

const QUOTA = 20;
const CLIENTS = 8;
const EACH = 5;

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, sweepInterval: '1s' });
  await hostport.objects.createPool('shared', { ranges: ['5000-5999'], cooldown: '0s', maxPortsPerNamespace: QUOTA });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** The most numbers that a namespace held in the pool at any moment, by every version of the ledger that ever was. */
async function mostEverHeld(namespace: string): Promise<number> {
  // The recorder has caught up with what was read elsewhere.
  await hostport.recorder.verdict();
  const now = new Map<string, LedgerBlock>();
  let most = 0;
  for (const { object } of hostport.recorder.versions) {
    const block = object.kind === 'ConfigMap' ? readBlock(object) : undefined;
    if (block === undefined) continue;
    now.set(block.name, block);
    const claims = [...now.values()].flatMap(({ claims }) => claims).filter(({ state }) => state !== 'cooling');
    const theirs = claims.filter(({ pool, holder }) => pool === 'shared' && holder.namespace === namespace);
    most = Math.max(most, new Set(theirs.map(({ number, holder }) => `${number} ${holder.uid}`)).size);
  }
  return most;
}

/** Which allocations of a namespace have numbers, and which are refused. */
async function outcome(namespace: string): Promise<{ served: readonly string[]; refused: readonly string[] }> {
  const all = await hostport.objects.allocations(namespace);
  const named = (reason: string): readonly string[] =>
    all.filter(({ status }) => status?.conditions?.[0]?.reason === reason).map(({ metadata }) => metadata.name);
  return { served: named('Allocated'), refused: named('QuotaExceeded') };
}

function settled(namespace: string, served: number, refused: number): Promise<Awaited<ReturnType<typeof outcome>>> {
  const what = `in ${namespace} ${served} have numbers and ${refused} are over the quota`;
  const holds = (seen: Awaited<ReturnType<typeof outcome>>): boolean =>
    seen.served.length === served && seen.refused.length === refused;
  return hostport.eventually(() => outcome(namespace), holds, what, SOON_MS);
}

/** Several clients, each creating its allocations one after the other. */
async function rush(namespace: string, count: number): Promise<void> {
  const client = async (id: number): Promise<void> => {
    for (let at = 0; at < EACH; at++) {
      const spec = { poolName: 'shared', ports: [{ name: 'rtp', protocol: 'UDP' as const, count }] };
      await hostport.objects.createAllocation(`c${id}-${at}`, spec, namespace);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, id) => client(id)));
}

test('a quota that eight clients use up at once is used up exactly, and what is released goes to who waits', async () => {
  await makeNamespace(hostport, 'rush');
  await rush('rush', 1);
  const { served, refused } = await settled('rush', QUOTA, CLIENTS * EACH - QUOTA);
  await expectRefusal(hostport, refused[0] ?? '', {
    reason: 'QuotaExceeded',
    says: [
      `namespace "rush" holds ${QUOTA} of the ${QUOTA} numbers that it may hold in pool "shared"`,
      "release some, ask for fewer, or raise the pool's maxPortsPerNamespace",
    ],
    namespace: 'rush',
  });

  for (const name of served.slice(0, 3)) await hostport.objects.removeAllocation(name, 'rush');
  await settled('rush', QUOTA, CLIENTS * EACH - QUOTA - 3);
  expect(await mostEverHeld('rush')).toBe(QUOTA);
});

test('a higher quota lets in as many as fit', async () => {
  await hostport.objects.editPool('shared', { maxPortsPerNamespace: QUOTA + 4 });
  await settled('rush', QUOTA + 4, CLIENTS * EACH - QUOTA - 3 - 4);
  expect(await mostEverHeld('rush')).toBe(QUOTA + 4);
  await hostport.objects.editPool('shared', { maxPortsPerNamespace: QUOTA });
});

test('blocks count by their numbers, and other namespaces have quotas of their own', async () => {
  await makeNamespace(hostport, 'blocks');
  await rush('blocks', 3);
  await settled('blocks', Math.floor(QUOTA / 3), CLIENTS * EACH - Math.floor(QUOTA / 3));
  await hostport.objects.createAllocation('rest', { poolName: 'shared', ports: [{ name: 'p', count: 2 }] }, 'blocks');
  expect(await numbersGiven(hostport, 'rest', 'blocks')).toHaveLength(2);
  expect(await mostEverHeld('blocks')).toBe(QUOTA);
});

test('one number on two protocols counts once', async () => {
  await makeNamespace(hostport, 'pairs');
  const ports = Array.from({ length: QUOTA }, (_, at) => ({ name: `p${at}`, protocol: 'TCPUDP' as const }));
  await hostport.objects.createAllocation('pairs', { poolName: 'shared', ports }, 'pairs');
  expect(await numbersGiven(hostport, 'pairs', 'pairs')).toHaveLength(QUOTA);
});

test('who is over its quota keeps nobody else waiting', async () => {
  await makeNamespace(hostport, 'greedy');
  await makeNamespace(hostport, 'modest');
  const spec = { poolName: 'single', ports: [{ name: 'game' }] };
  await hostport.objects.createPool('single', { ranges: ['6000-6001'], cooldown: '0s', maxPortsPerNamespace: 1 });
  await hostport.objects.createAllocation('first', spec, 'greedy');
  await numbersGiven(hostport, 'first', 'greedy');
  await hostport.objects.createAllocation('holder', spec, 'modest');
  await numbersGiven(hostport, 'holder', 'modest');
  await hostport.objects.createAllocation('second', spec, 'greedy');
  await expectRefusal(hostport, 'second', { reason: 'PoolExhausted', says: ['pool "single"'], namespace: 'greedy' });
  await hostport.objects.createAllocation('waiter', spec, 'default');
  await expectRefusal(hostport, 'waiter', { reason: 'PoolExhausted', says: ['pool "single"'] });
  await hostport.objects.removeAllocation('holder', 'modest');
  expect(await numbersGiven(hostport, 'waiter')).toHaveLength(1);
});

test('a quota that comes later counts what is held already', async () => {
  const game = { poolName: 'late', ports: [{ name: 'game' }] };
  const names = Array.from({ length: 6 }, (_, at) => `late-${at}`);
  await hostport.objects.createPool('late', { ranges: ['6100-6199'], cooldown: '0s' });
  for (const name of names) await hostport.objects.createAllocation(name, game);
  for (const name of names) await numbersGiven(hostport, name);
  await hostport.objects.editPool('late', { maxPortsPerNamespace: 3 });
  for (const name of names.slice(0, 4)) await hostport.objects.removeAllocation(name);
  for (const name of names.slice(0, 4)) await hostport.objects.gone(name);

  await hostport.objects.createAllocation('late-6', game);
  await numbersGiven(hostport, 'late-6');
  await hostport.objects.createAllocation('late-7', game);
  await expectRefusal(hostport, 'late-7', { reason: 'QuotaExceeded', says: ['holds 3 of the 3 numbers'] });
});

test('a counter that says too much, as after a crash, is corrected, and who waited for it is served', async () => {
  const game = { poolName: 'counted', ports: [{ name: 'game' }] };
  await hostport.objects.createPool('counted', { ranges: ['6200-6299'], maxPortsPerNamespace: 2 });
  await hostport.objects.createAllocation('counted-1', game);
  await numbersGiven(hostport, 'counted-1');
  const patch = ['patch', 'configmap', 'hostport-quota-counted', '-n', 'hostport-system', '--type=merge'];
  await succeed(hostport.kubectl([...patch, '-p', JSON.stringify({ data: { default: '2' } })]));
  await hostport.objects.createAllocation('counted-2', game);
  expect(await numbersGiven(hostport, 'counted-2')).toHaveLength(1);
  await hostport.objects.createAllocation('counted-3', game);
  await expectRefusal(hostport, 'counted-3', { reason: 'QuotaExceeded', says: ['holds 2 of the 2 numbers'] });
});
