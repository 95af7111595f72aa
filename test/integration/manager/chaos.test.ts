import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PortAllocation, PortPoolManifest } from '../../../src/api/index.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { Exit, ManagerProcess, RunningHostport } from '../../support/hostport/hostport.ts';
import { discrepancies, moved } from './books.ts';
import { Crowd } from './crowd.ts';

/**
 * Two managers, eight clients that create 500 allocations of three ports and delete every second one meanwhile, and the
 * leader killed in the middle. The pool has room for two thirds of them and lets numbers go after a second, so that
 * numbers change hands all the time and some have to wait for others' releases.
 */
const ALLOCATIONS = 500;
const CLIENTS = 8;
const ROOM = 1_000;

/** What the design promises for whatever a dead manager left behind, beyond the time that its lease lasts. */
const SETTLED_MS = 60_000;

type Strategy = NonNullable<PortPoolManifest['spec']['strategy']>;

interface Round {
  readonly strategy: Strategy;
  /** After how many allocations it happens. */
  readonly at: number;
  readonly what: string;
  /** What happens to the leader; resolves when it is over. */
  readonly strike: (leader: ManagerProcess) => Promise<unknown>;
}

const rounds: readonly Round[] = [
  { strategy: 'Stride', at: 60, what: 'killed and started again', strike: killAndRestart },
  { strategy: 'Random', at: 250, what: 'killed', strike: kill },
  { strategy: 'Sequential', at: 420, what: 'frozen until another leads, and goes on then', strike: freeze },
];

let hostport: RunningHostport;

beforeAll(async () => {
  hostport = await startHostport({ managers: 2 });
});

afterAll(() => hostport[Symbol.asyncDispose]());

describe('while allocations come and go', () => {
  test.each(rounds)(
    'no number has two holders, is lost or leaks when, after $at of them in a pool of strategy $strategy, the leader is $what',
    async ({ strategy, at, strike }) => {
      const poolName = strategy.toLowerCase();
      const first = 20_000 + at * 10;
      await hostport.objects.createPool(poolName, {
        ranges: [`${first}-${first + ROOM - 1}`],
        strategy,
        cooldown: '1s',
      });
      // Whatever an earlier round left behind: its pool and its allocations are its own, and the managers are both there.
      for (const manager of hostport.managers) await manager.start();
      await hostport.whenReady();
      const leader = await whoLeads(hostport.managers);
      const crowd = new Crowd(hostport, { prefix: poolName, poolName, clients: CLIENTS, allocations: ALLOCATIONS });

      const running = crowd.run();
      await hostport.eventually(
        () => crowd.created,
        (created) => created >= at,
        `${at} allocations`,
      );
      await Promise.all([strike(leader), running]);

      expect(crowd).toMatchObject({ created: ALLOCATIONS, deleted: ALLOCATIONS / 2 });
      const seconds = await secondsUntilSettled(poolName);
      expect(await allocationsOf(poolName)).toHaveLength(ALLOCATIONS / 2);
      expect(moved(hostport)).toEqual([]);
      const verdict = await hostport.recorder.verdict();
      expect(verdict).toMatchObject({ faults: [], gaps: [] });
      // Each was seen when it came, with its finalizer and with its numbers: the recorder has seen enough to judge.
      expect(verdict.seen['PortAllocation']).toBeGreaterThan(ALLOCATIONS * 2);
      console.log(`${strategy}: settled after ${seconds} s; the recorder saw ${JSON.stringify(verdict.seen)}`);

      await crowd.leave();
      await everythingIsFree(poolName);
    },
    180_000,
  );
});

function kill(leader: ManagerProcess): Promise<Exit> {
  return leader.kill('SIGKILL');
}

async function killAndRestart(leader: ManagerProcess): Promise<void> {
  await kill(leader);
  await leader.start();
}

/** It believes that it leads when it goes on, and has requests in flight that were planned long ago. */
async function freeze(leader: ManagerProcess): Promise<void> {
  leader.signal('SIGSTOP');
  try {
    await whoLeads(hostport.managers.filter((manager) => manager !== leader));
  } finally {
    leader.signal('SIGCONT');
  }
}

async function allocationsOf(poolName: string): Promise<readonly PortAllocation[]> {
  return (await hostport.objects.allocations('default')).filter(({ spec }) => spec.poolName === poolName);
}

async function secondsUntilSettled(poolName: string): Promise<number> {
  const began = performance.now();
  const read = (): Promise<readonly string[]> => discrepancies(hostport, poolName);
  await hostport.eventually(read, ({ length }) => length === 0, 'nothing is lost and nothing leaked', SETTLED_MS);
  return Math.round((performance.now() - began) / 100) / 10;
}

/** By what the managers say: the lease may still name one that was killed. */
async function whoLeads(candidates: readonly ManagerProcess[]): Promise<ManagerProcess> {
  const read = async (): Promise<ManagerProcess | undefined> => {
    for (const manager of candidates) {
      if (/^hostport_leader 1$/m.test((await manager.get('/metrics')).body)) return manager;
    }
    return undefined;
  };
  const leader = await hostport.eventually(read, (found) => found !== undefined, 'somebody leads', SETTLED_MS);
  if (leader === undefined) throw new Error('nobody leads');
  return leader;
}

/** A user's view: the pool says that all its numbers are free again. */
async function everythingIsFree(poolName: string): Promise<void> {
  const read = async (): Promise<unknown> => (await hostport.objects.findPool(poolName))?.status?.free;
  await hostport.eventually(read, (free) => free === ROOM, `all numbers of ${poolName} are free`, SETTLED_MS);
}
