import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { podAnnotations } from '../../../src/api/index.ts';
import { podHolder } from '../../../src/allocation/index.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { Confirmer } from '../../../src/controllers/pod/confirmer.ts';
import { PodReconciler } from '../../../src/controllers/pod/reconciler.ts';
import type { PodReconcilerParts } from '../../../src/controllers/pod/reconciler.ts';
import type { Claim } from '../../../src/core/index.ts';
import type { Pod, ResourceCache } from '../../../src/kube/index.ts';
import type { Outcome } from '../../../src/runtime/index.ts';
import { LIFE_S, Managers, numberOf } from '../allocation/managers.ts';
import type { TestManager } from '../allocation/managers.ts';
import { tcp } from '../core/make.ts';

const { signal } = new AbortController();
const KEY = 'arena/web';
const TOKEN = '0011223344556677-0123456789ab';
const UID = 'uid-of-web';

let managers: Managers;
/** Who let the pod in, and who leads. */
let host: TestManager;
let leader: TestManager;
/** What every manager sees of the pod. */
let seen: Pod | undefined;
beforeEach(() => {
  managers = new Managers('20032-20035');
  [host, leader] = [managers.add(), managers.add()];
  seen = podWith(TOKEN);
});
afterEach(() => managers[Symbol.asyncDispose]());

const pods = { get: () => seen } as unknown as ResourceCache<Pod>;

function podWith(token: string): Pod {
  const metadata = { namespace: 'arena', name: 'web', uid: UID, annotations: { [podAnnotations.reservation]: token } };
  return { metadata, spec: { containers: [] } } as unknown as Pod;
}

function confirmerOf({ allocator }: TestManager): Confirmer {
  return new Confirmer({ pods, allocator, clock: managers.clock, reservationLifeMs: LIFE_S * 1000 });
}

function reconcilerOf({ allocator }: TestManager): PodReconciler {
  const parts = { pods, allocator, liveness: managers.liveness, onBoundWithoutPorts: () => undefined };
  return new PodReconciler({ ...parts, log: silentLogger } as unknown as PodReconcilerParts);
}

/** Reserves a number for the pod under `uid`, which every manager comes to see. */
async function reserve(uid = TOKEN): Promise<void> {
  const until = LIFE_S + Math.ceil(managers.clock.now() / 1000);
  const ask = {
    holder: podHolder({ namespace: 'arena', name: 'web', uid }),
    poolName: 'games',
    ports: [tcp('p')],
    until,
  };
  expect(await numberOf(host.allocator.reserve(ask, signal))).toBe(20_032);
  leader.catchUp();
}

/** The claims on the number, by those who have caught up with what is stored. */
function stored(): readonly Pick<Claim, 'state' | 'holder'>[] {
  leader.catchUp();
  return leader.ledger.domain('').claimsOn(20_032);
}

const held = [{ state: 'held', holder: { uid: UID } }];
const reserved = [{ state: 'reserved', holder: { uid: TOKEN } }];

test('who let a pod in waits for it once, and for as long as a reservation lives', async () => {
  const confirmer = confirmerOf(host);
  expect(confirmer.awaited(podWith(TOKEN))).toBe(false);
  confirmer.letIn(TOKEN);
  expect([confirmer.awaited(podWith(TOKEN)), confirmer.awaited(podWith(TOKEN))]).toEqual([true, false]);
  confirmer.letIn('late');
  await managers.pass(LIFE_S);
  confirmer.letIn(TOKEN);
  expect([confirmer.awaited(podWith('late')), confirmer.awaited(podWith(TOKEN))]).toEqual([false, true]);
});

test('who let a pod in confirms its numbers, and nothing of one that has ended', async () => {
  await reserve();
  seen = { ...podWith(TOKEN), status: { phase: 'Failed' } };
  await confirmerOf(host).reconcile(KEY, signal);
  expect(stored()).toMatchObject(reserved);
  seen = podWith(TOKEN);
  expect(await confirmerOf(host).reconcile(KEY, signal)).toEqual({ kind: 'settled' });
  expect(stored()).toMatchObject(held);
});

test('the leader confirms what who let the pod in hasn’t after a while', async () => {
  await reserve();
  const reconciler = reconcilerOf(leader);
  const outcome = await reconciler.reconcile(KEY, signal);
  expect(outcome).toEqual({ kind: 'again', afterMs: expect.any(Number) as unknown });
  expect(stored()).toMatchObject(reserved);
  const { afterMs = 0 } = outcome as { readonly afterMs?: number };
  expect(afterMs).toBeLessThan((LIFE_S * 1000) / 2);
  await managers.pass(afterMs / 1000);
  expect(await reconciler.reconcile(KEY, signal)).toEqual({ kind: 'settled' });
  expect(stored()).toMatchObject(held);
});

test('the leader confirms at once what was reserved with a Binding', async () => {
  await reserve(UID);
  expect(await reconcilerOf(leader).reconcile(KEY, signal)).toEqual({ kind: 'settled' });
  expect(stored()).toMatchObject(held);
});

test('a pod’s end takes back what another manager confirms at the same time', async () => {
  await reserve();
  const reconciler = reconcilerOf(leader);
  // The leader, which sees the deletion, doesn't know of it yet.
  await confirmerOf(host).reconcile(KEY, signal);
  reconciler.sawDeletion(podWith(TOKEN));
  seen = undefined;
  let outcome: Outcome = { kind: 'again', afterMs: 0 };
  for (let turn = 0; turn < 3 && outcome.kind === 'again'; turn++) {
    expect(outcome).toEqual({ kind: 'again', afterMs: 0 });
    outcome = await reconciler.reconcile(KEY, signal);
  }
  expect(outcome).toEqual({ kind: 'settled' });
  expect(stored()).toEqual([]);
});
