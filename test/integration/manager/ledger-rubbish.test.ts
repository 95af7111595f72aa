import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { ManagerProcess, RunningHostport } from '../../support/hostport/hostport.ts';
import { discrepancies, moved } from './books.ts';
import { Estate, FREE, SIZE } from './estate.ts';

const WAITING = 3;

/** Where managers are when somebody fills a block with rubbish. */
const moments = [
  { when: 'while managers run', nodeName: undefined, areUp: true },
  { when: 'while managers run', nodeName: 'node-1', areUp: true },
  { when: 'while none runs', nodeName: undefined, areUp: false },
  { when: 'while none runs', nodeName: 'node-1', areUp: false },
];

let hostport: RunningHostport;
let nextFirst = 10_240;

beforeAll(async () => {
  hostport = await startHostport({ managers: 2, nodes: 1 });
});

afterAll(() => hostport[Symbol.asyncDispose]());

describe.each(moments)('a block of $nodeName that is filled with rubbish $when', ({ nodeName, areUp }) => {
  let estate: Estate;
  let before: readonly string[];
  let given: readonly string[];
  let unreadableBefore: number;

  beforeAll(async () => {
    unreadableBefore = await unreadableNumbers(hostport.manager());
    estate = new Estate(hostport, nextFirst, nodeName);
    nextFirst += 64;
    await estate.settle();
    await estate.sendThieves(FREE + WAITING);
    given = await estate.whenServed(FREE);
    before = await estate.heldByAll();
    if (!areUp) await Promise.all(hostport.managers.map((manager) => manager.kill('SIGTERM')));
    await estate.patchBlock({ data: rubbish(estate) });
    if (!areUp) await Promise.all(hostport.managers.map((manager) => manager.start()));
  }, 60_000);

  test('gives every number back to its holder, and none to those who wait', async () => {
    expect(before).toHaveLength(SIZE);
    await hostport.eventually(
      () => estate.heldByAll(),
      (held) => JSON.stringify(held) === JSON.stringify(before),
      `the ledger has ${before.join(', ')} again`,
    );
    await hostport.whenReady();
    await estate.whenServed(FREE);
    expect(moved(hostport)).toEqual([]);
    expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
  });

  test('keeps what nobody can read', async () => {
    await hostport.eventually(
      async () => (await estate.block())?.data ?? {},
      (data) => Object.entries(rubbish(estate)).every(([key, text]) => data[key]?.split('\n').includes(text) === true),
      'every line of rubbish is still there',
    );
  });

  test('is reported in an Event, in the log and in a metric', async () => {
    const keys = Object.keys(rubbish(estate));
    const isTold = (text: string): boolean => keys.every((key) => text.includes(key));
    await hostport.eventually(
      () => hostport.objects.eventsOf(estate.configMap, 'hostport-system'),
      (events) =>
        events.some(
          ({ reason, type, message = '' }) => reason === 'LedgerDamaged' && type === 'Warning' && isTold(message),
        ),
      'an Event names what nobody can read',
    );
    for (const manager of hostport.managers) {
      const lines = manager.log().split('\n');
      expect(
        lines.filter((line) => line.includes(estate.configMap) && line.includes('"error"') && isTold(line)),
      ).not.toEqual([]);
      await expectUnreadable(manager, unreadableBefore + SIZE);
    }
  });

  test('is still known after a restart', async () => {
    const manager = hostport.manager(1);
    await manager.restart();
    await hostport.whenReady();
    await expectUnreadable(manager, unreadableBefore + SIZE);
    expect(await estate.heldByAll()).toEqual(before);
  });

  test('gives a number that is released to nobody, until somebody takes the rubbish away', async () => {
    const [gone = ''] = given;
    await hostport.objects.removeAllocation(gone);
    await hostport.objects.gone(gone);
    const read = async (): Promise<unknown> => (await hostport.objects.findPool(estate.pool))?.status;
    await hostport.eventually(read, (status) => isBlocked(status), `one number of ${estate.pool} is blocked`);
    expect(await estate.whenServed(FREE - 1)).toEqual(given.slice(1));

    await estate.patchBlock({ data: await withoutRubbish(estate) });
    await estate.whenServed(FREE);
    await expectUnreadable(hostport.manager(), unreadableBefore);
    await estate.dismissWaiting();
    await hostport.eventually(
      () => discrepancies(hostport, estate.pool),
      ({ length }) => length === 0,
      'status and ledger of every holder agree',
    );
    expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
  });
});

/** Nonsense for every number of the pool, and keys that are no numbers of the block. */
function rubbish({ first }: Estate): Readonly<Record<string, string>> {
  const numbers = Array.from({ length: SIZE }, (_, at) => String(first + at));
  return Object.fromEntries([...numbers, '7', 'hello'].map((key) => [key, `please keep ${key} for me`]));
}

/** A merge patch of the data that takes away what {@link rubbish} put there, as a person would who cleans up. */
async function withoutRubbish(estate: Estate): Promise<Readonly<Record<string, string | null>>> {
  const { data = {} } = (await estate.block()) ?? {};
  const cleaned = Object.entries(rubbish(estate)).map(([key, text]) => {
    const rest = (data[key] ?? '').split('\n').filter((line) => line !== text);
    return [key, rest.length === 0 ? null : rest.join('\n')] as const;
  });
  return Object.fromEntries(cleaned);
}

function isBlocked(status: unknown): boolean {
  return typeof status === 'object' && status !== null && 'blocked' in status && status.blocked === 1;
}

async function unreadableNumbers(manager: ManagerProcess): Promise<number> {
  const { body } = await manager.get('/metrics');
  return Number(/^hostport_unreadable_numbers (\d+)$/m.exec(body)?.[1]);
}

async function expectUnreadable(manager: ManagerProcess, count: number): Promise<void> {
  const read = (): Promise<number> => unreadableNumbers(manager);
  await hostport.eventually(read, (seen) => seen === count, `${manager.name} counts ${count} unreadable numbers`);
}
