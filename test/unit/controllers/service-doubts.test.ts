import { describe, expect, test } from '@jest/globals';
import { Doubts } from '../../../src/controllers/service/doubts.ts';
import type { GivenPod } from '../../../src/controllers/service/decide.ts';
import type { Entitlement } from '../../../src/controllers/service/entitled.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { given } from './published.ts';
import type { Being } from './published.ts';

/** A pod that says a number which nobody holds for it. */
function doubtful(name: string, being: Being = {}, numbers: Readonly<Record<string, number>> = { http: 1 }): GivenPod {
  const all = given(name, numbers, being);
  return { ...all, held: new Map(), doubted: all.told };
}

/** Doubts, of which a test says what the ledger has. */
class Scene {
  readonly clock = new FakeClock();
  /** Names of pods that the ledger has a number for. */
  readonly held = new Set<string>();
  readonly changed: string[] = [];
  /** How often the ledger was asked. */
  asked = 0;
  readonly doubts: Doubts;

  readonly numbers: readonly number[];

  constructor(pods: readonly GivenPod[]) {
    this.numbers = [...new Set([...pods.flatMap(({ told }) => [...told.values()].map(({ number }) => number)), 1])];
    this.doubts = new Doubts({
      clock: this.clock,
      judge: ({ metadata }): Entitlement => {
        this.asked++;
        const found = pods.find(({ pod }) => pod.metadata.uid === metadata.uid);
        return { held: new Map(), doubted: this.held.has(metadata.name) ? new Map() : (found?.doubted ?? new Map()) };
      },
      onChange: ({ metadata }) => this.changed.push(metadata.name),
    });
    this.doubts.note(pods);
    this.asked = 0;
  }

  /** The ledger has changed on every number that is said. */
  ledgerChanged(): void {
    this.doubts.ledgerChanged(this.numbers);
  }

  /** Once the ledger has changed, soon afterwards. */
  async afterChange(): Promise<readonly string[]> {
    this.changed.length = 0;
    this.ledgerChanged();
    await this.clock.advance(300);
    return [...this.changed];
  }
}

describe('a pod that came before its claim', () => {
  test('is looked at again soon after the ledger has changed, and once', async () => {
    const scene = new Scene([doubtful('a'), doubtful('b'), given('c', { http: 2 })]);
    expect(await scene.afterChange()).toEqual([]);
    scene.held.add('a');
    expect(await scene.afterChange()).toEqual(['a']);
    expect(await scene.afterChange()).toEqual([]);
    scene.held.add('b');
    expect(await scene.afterChange()).toEqual(['b']);
  });

  test('is looked at once for many changes', async () => {
    const scene = new Scene([doubtful('a')]);
    for (let change = 0; change < 100; change++) scene.ledgerChanged();
    await scene.clock.advance(300);
    expect(scene.asked).toBe(1);
    expect(scene.clock.pending).toBe(0);
  });

  test('is looked at for its own numbers, and for no others', async () => {
    const scene = new Scene([doubtful('a', {}, { http: 7 }), doubtful('b', {}, { http: 8 })]);
    for (const name of ['a', 'b']) scene.held.add(name);
    scene.doubts.ledgerChanged([8, 9]);
    await scene.clock.advance(300);
    expect([scene.changed, scene.asked]).toEqual([['b'], 1]);
    scene.doubts.ledgerChanged([7]);
    await scene.clock.advance(300);
    expect([scene.changed, scene.asked]).toEqual([['b', 'a'], 2]);
  });

  test('is looked at for every Service that waits, though one has seen the claim', async () => {
    const scene = new Scene([doubtful('a')]);
    scene.doubts.note([given('a', { http: 1 })]);
    scene.held.add('a');
    expect(await scene.afterChange()).toEqual(['a']);
  });

  test('is nobody’s concern when it is gone, and nothing is left running', async () => {
    const going = doubtful('a');
    const scene = new Scene([going]);
    scene.held.add('a');
    scene.doubts.forget(going.pod);
    expect(await scene.afterChange()).toEqual([]);
    expect(scene.clock.pending).toBe(0);
    scene.doubts.note([going]);
    scene.ledgerChanged();
    scene.doubts[Symbol.dispose]();
    expect(scene.clock.pending).toBe(0);
  });

  test('keeps nothing waiting when there are thousands of others, and has its turn', async () => {
    const numbers = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`p${at}`, 10_000 + at]));
    const scene = new Scene([...Array.from({ length: 25 }, (_, at) => doubtful(`x${at}`, {}, numbers)), doubtful('a')]);
    scene.held.add('a');
    expect(await scene.afterChange()).toEqual([]);
    expect(scene.asked).toBe(10);
    await scene.clock.advance(600);
    expect(scene.changed).toEqual(['a']);
    expect(scene.asked).toBe(26);
    expect(scene.clock.pending).toBe(0);
  });
});

describe('a doubt is told of', () => {
  test('when it has lasted, and not before', async () => {
    const scene = new Scene([]);
    const first = doubtful('a');
    expect(scene.doubts.note([first])).toEqual({ lasting: [], nextMs: 5_000 });
    await scene.clock.advance(3_000);
    const second = doubtful('b');
    expect(scene.doubts.note([first, second])).toEqual({ lasting: [], nextMs: 2_000 });
    await scene.clock.advance(2_000);
    // A later version of the pod is the same pod.
    const again = doubtful('a');
    expect(scene.doubts.note([again, second])).toEqual({ lasting: [again], nextMs: 3_000 });
    await scene.clock.advance(3_000);
    expect(scene.doubts.note([again, second])).toEqual({ lasting: [again, second] });
  });

  test.each<readonly [string, GivenPod]>([
    ['is on no node', doubtful('a', { spec: { nodeName: '' } })],
    ['has ended', doubtful('a', { status: { phase: 'Succeeded' } })],
    ['has its numbers', given('a', { http: 1 })],
  ])('never for a pod that %s', (_, pod) => {
    expect(new Scene([]).doubts.note([pod])).toEqual({ lasting: [] });
  });
});
