import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { podAnnotations } from '../../../src/api/index.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { DoubtLoop } from '../../../src/controllers/sweep/index.ts';
import type { DoubtLoopParts } from '../../../src/controllers/sweep/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const INTERVAL_MS = 5_000;

let clock: FakeClock;
let lifetime: Lifetime;
let pods: readonly Pod[];
/** What each look was told to be in use. */
let looks: (readonly string[])[];
let isBroken: boolean;

beforeEach(() => {
  clock = new FakeClock();
  lifetime = new Lifetime('doubts');
  pods = [];
  looks = [];
  isBroken = false;
  const settleDoubts = async ({ inUse }: { readonly inUse: ReadonlySet<string> }): Promise<void> => {
    looks.push([...inUse]);
    if (isBroken) throw new Error('no answer');
    return Promise.resolve();
  };
  const parts = {
    sweep: { settleDoubts },
    pods: { list: () => pods },
    clock,
    log: silentLogger,
    intervalMs: INTERVAL_MS,
  };
  const loop = new DoubtLoop(parts as unknown as DoubtLoopParts);
  lifetime.run((signal) => loop.run(signal), rethrow);
});
afterEach(() => lifetime[Symbol.asyncDispose]());

/** A pod that shares `number` with the others of its ReplicaSet. */
function sharing(number: number, phase: string): Pod {
  const annotations = {
    [podAnnotations.portAllocator]: '{"allocations":[{"name":"s","env":"S","scope":"RoleScoped"}]}',
    [podAnnotations.reservation]: 'token',
    [podAnnotations.requested]: '{"containers":[],"env":["S"]}',
    [`${podAnnotations.allocatedPrefix}s`]: String(number),
  };
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'owner', controller: true }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'games', name: `web-${number}`, uid: `uid-${number}`, annotations, ownerReferences },
    spec: { containers: [{ name: 'main', env: [{ name: 'S', value: String(number) }] }] },
    status: { phase },
  } as unknown as Pod;
}

/** A look gives way to others now and then, by the clock of the machine. */
async function untilLooks(wanted: number): Promise<void> {
  while (looks.length < wanted) {
    await clock.advance(INTERVAL_MS / 10);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('what unfinished pods share is in use, at each look as it is then', async () => {
  await untilLooks(1);
  pods = [sharing(20001, 'Running'), sharing(20002, 'Succeeded'), sharing(20003, 'Pending')];
  await untilLooks(2);
  pods = [sharing(20001, 'Failed')];
  await untilLooks(3);
  expect(looks).toEqual([[], ['games/20001', 'games/20003'], []]);
});

test('a look that fails is followed by another', async () => {
  isBroken = true;
  await untilLooks(3);
  expect(looks.length).toBe(3);
});

function rethrow(error: unknown): void {
  throw error;
}
