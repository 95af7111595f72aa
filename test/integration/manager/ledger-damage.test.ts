import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { ledgerLabels } from '../../../src/api/index.ts';
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
    const waiting = await estate.sendThieves(FREE + 3);
    await estate.whenServed(waiting, FREE);
    const [late] = await Promise.all([estate.sendThieves(3), harm(estate)]);
    await expectAllBack(estate, before, [...waiting, ...late]);
  }, 60_000);

  test('is written again by managers that come later, before they serve anybody new', async () => {
    const { estate, before } = await newEstate(nodeName);
    await Promise.all(hostport.managers.map((manager) => manager.kill('SIGTERM')));
    await harm(estate);
    const thieves = await estate.sendThieves(FREE + 3);
    await Promise.all(hostport.managers.map((manager) => manager.start()));
    await expectAllBack(estate, before, thieves);
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
async function expectAllBack(estate: Estate, before: readonly string[], thieves: readonly string[]): Promise<void> {
  await hostport.eventually(
    () => estate.held(),
    (held) => JSON.stringify(held) === JSON.stringify(before),
    `the ledger has ${before.join(', ')} again`,
  );
  const served = await estate.whenServed(thieves, FREE);
  for (const thief of thieves) if (!served.includes(thief)) await hostport.objects.refused(thief, 'PoolExhausted');
  await expectHeldNumberRefused(estate, before);
  await hostport.eventually(
    () => estate.block(),
    (block) => block?.metadata.labels?.[ledgerLabels.scope] !== undefined,
    'the ConfigMap has its labels again',
  );
  expect(moved(hostport)).toEqual([]);
  expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
  await removeAll(thieves);
  const read = (): Promise<readonly string[]> => discrepancies(hostport, estate.pool);
  await hostport.eventually(read, ({ length }) => length === 0, 'status and ledger of every holder agree');
}

/** A number of a holder, asked for by name. */
async function expectHeldNumberRefused(estate: Estate, before: readonly string[]): Promise<void> {
  const [, number, holder] = before[0]?.split(' ') ?? [];
  const greedy = estate.nameOf('greedy');
  await estate.send(greedy, { name: 'loot', port: Number(number) });
  const refusal = await hostport.objects.refused(greedy, 'PortHeld');
  expect(refusal?.message).toContain(holder);
  await removeAll([greedy]);
}

async function removeAll(names: readonly string[]): Promise<void> {
  for (const name of names) await hostport.objects.removeAllocation(name);
  for (const name of names) await hostport.objects.gone(name);
}
