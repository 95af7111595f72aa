import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { ledgerLabels } from '../../../src/ledger/index.ts';
import { discrepancies, moved } from './books.ts';
import { Estate, FREE } from './estate.ts';

/** What a hand can do to a ConfigMap of the ledger so that what it said isn't found any more. */
const damages: readonly { readonly what: string; readonly harm: (estate: Estate) => Promise<void> }[] = [
  { what: 'deleted', harm: (estate) => estate.deleteBlock() },
  { what: 'emptied', harm: (estate) => estate.patchBlock({ data: null }) },
  { what: 'hidden by taking its labels away', harm: (estate) => estate.patchBlock({ metadata: { labels: null } }) },
  { what: 'replaced by an empty one without labels', harm: (estate) => estate.replaceBlock({}) },
];

const domains = [
  { domain: 'the cluster', nodeName: undefined },
  { domain: 'a node', nodeName: 'node-1' },
];

const cases = domains.flatMap((place) => damages.map((damage) => ({ ...place, ...damage })));

let hostport: RunningHostport;
let nextFirst = 10_240;

beforeAll(async () => {
  hostport = await startHostport({ managers: 2, nodes: 1 });
});

afterAll(() => hostport[Symbol.asyncDispose]());

describe.each(cases)('a block of $domain that is $what', ({ nodeName, harm }) => {
  test('is written again by the managers, and nobody gets a number of it meanwhile', async () => {
    const { estate, before } = await newEstate(nodeName);
    await estate.sendThieves(FREE + 3);
    await estate.whenServed(FREE);
    await Promise.all([estate.sendThieves(3), harm(estate)]);
    await expectAllBack(estate, before);
  }, 60_000);

  test('is written again by managers that come later, before they serve anybody new', async () => {
    const { estate, before } = await newEstate(nodeName);
    await Promise.all(hostport.managers.map((manager) => manager.kill('SIGTERM')));
    await harm(estate);
    await estate.sendThieves(FREE + 3);
    await Promise.all(hostport.managers.map((manager) => manager.start()));
    await expectAllBack(estate, before);
    await hostport.whenReady();
  }, 60_000);
});

async function newEstate(nodeName: string | undefined): Promise<{ estate: Estate; before: readonly string[] }> {
  const estate = new Estate(hostport, nextFirst, nodeName);
  nextFirst += 64;
  await estate.settle();
  return { estate, before: await estate.held() };
}

/** Every holder has its numbers again, the thieves got what was free and nothing else, and the ConfigMap is a block again. */
async function expectAllBack(estate: Estate, before: readonly string[]): Promise<void> {
  const { eventually, objects, recorder } = hostport;
  const isBack = (held: readonly string[]): boolean => JSON.stringify(held) === JSON.stringify(before);
  await eventually(() => estate.held(), isBack, `the ledger has ${before.join(', ')} again`);
  const served = await estate.whenServed(FREE);
  for (const thief of estate.thieves) if (!served.includes(thief)) await objects.refused(thief, 'PoolExhausted');
  await expectHeldNumberRefused(estate, before);
  await eventually(
    async () => (await estate.block())?.metadata.labels?.[ledgerLabels.scope],
    (scope) => scope !== undefined,
    'the ConfigMap has its labels again',
  );
  await eventually(
    () => reasonsTold(estate),
    ({ length }) => length > 0,
    'an Event tells of it',
  );
  expect(moved(hostport)).toEqual([]);
  expect(await recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
  await estate.dismiss();
  const read = (): Promise<readonly string[]> => discrepancies(hostport, estate.pool);
  await eventually(read, ({ length }) => length === 0, 'status and ledger of every holder agree');
}

/** Why there are Events: about the ConfigMap, or about a holder if there is nothing left that could tell of a ConfigMap. */
async function reasonsTold(estate: Estate): Promise<readonly string[]> {
  const { objects } = hostport;
  const events = [
    ...(await objects.eventsOf(estate.configMap, 'hostport-system')),
    ...(await objects.eventsOf(estate.nameOf('holder-1'))),
  ];
  return events.flatMap(({ type, reason = '' }) => (type === 'Warning' ? reason : []));
}

/** A number of a holder, asked for by name. */
async function expectHeldNumberRefused(estate: Estate, before: readonly string[]): Promise<void> {
  const [, number, holder] = before[0]?.split(' ') ?? [];
  const greedy = estate.nameOf('greedy');
  await estate.send(greedy, { name: 'loot', port: Number(number) });
  const refusal = await hostport.objects.refused(greedy, 'PortHeld');
  expect(refusal?.message).toContain(holder);
  await hostport.objects.removeAllocation(greedy);
  await hostport.objects.gone(greedy);
}
