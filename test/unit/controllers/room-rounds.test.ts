import { describe, expect, test } from '@jest/globals';
import { PatchRate, Rounds, advertisedBy } from '../../../src/controllers/room/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const NODES = Array.from({ length: 250 }, (_, at) => `n${at}`);

describe('a change on all nodes', () => {
  test('has each looked at once, about a hundred in a second, in the order in which they were named', async () => {
    const clock = new FakeClock();
    const looked: string[] = [];
    const rounds = new Rounds(clock, (node) => looked.push(node));
    rounds.add(NODES);
    await clock.advance(0);
    expect(looked).toEqual(NODES.slice(0, 10));
    await clock.advance(950);
    expect(looked).toHaveLength(100);
    await clock.advance(5_000);
    expect(looked).toEqual(NODES);
    expect(clock.pending).toBe(0);
  });

  test('has one after the other looked at while nothing can be written', async () => {
    const clock = new FakeClock();
    const looked: string[] = [];
    let isHeldUp = true;
    const rounds = new Rounds(
      clock,
      (node) => looked.push(node),
      () => isHeldUp,
    );
    rounds.add(NODES);
    await clock.advance(950);
    expect(looked).toEqual(NODES.slice(0, 10));
    isHeldUp = false;
    await clock.advance(5_000);
    expect(looked).toEqual(NODES);
  });

  test('has those looked at once more that were, where it changes again, and the others once', async () => {
    const clock = new FakeClock();
    const looked: string[] = [];
    const rounds = new Rounds(clock, (node) => looked.push(node));
    rounds.add(NODES);
    await clock.advance(950);
    rounds.add(NODES);
    await clock.advance(10_000);
    expect(looked).toEqual([...NODES, ...NODES.slice(0, 100)]);
    rounds.add(NODES);
    rounds[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });
});

test('all nodes together are written at a rate, after some at once', async () => {
  const clock = new FakeClock();
  const rate = new PatchRate(clock);
  let written = 0;
  const write = (): void => {
    for (; rate.restMs === 0; written++) rate.wrote();
  };
  write();
  expect(written).toBe(100);
  for (let time = 0; time < 1_000; time += 5) {
    await clock.advance(5);
    write();
  }
  expect(written).toBe(300);
});

describe('the condition of a pool says', () => {
  test.each([
    { isWanted: true, showing: 1_240, nodes: 5_000, said: ['False', 'Advertising', '1,240 of 5,000 nodes show'] },
    { isWanted: true, showing: 5_000, nodes: 5_000, said: ['True', 'Advertised', '5,000 of 5,000 nodes show'] },
    { isWanted: true, showing: 0, nodes: 0, said: ['True', 'Advertised', '0 of 0 nodes show'] },
    { isWanted: false, showing: 3, nodes: 5_000, said: ['False', 'Withdrawing', '3 of 5,000 nodes still show'] },
  ])('on how many nodes it is shown, and whether that is all: %j', ({ isWanted, showing, nodes, said }) => {
    const [status, reason, text = ''] = said;
    const condition = advertisedBy({ showing, nodes }, isWanted);
    expect(condition).toMatchObject({ status, reason });
    expect(condition?.message).toContain(text);
  });

  test('nothing where it is shown nowhere and is not meant to be', () => {
    expect(advertisedBy({ showing: 0, nodes: 5_000 }, false)).toBeUndefined();
  });
});
