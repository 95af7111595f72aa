import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PortPoolManifest } from '../../../src/api/index.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { ManagerProcess, RunningHostport } from '../../support/hostport/hostport.ts';
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

const rounds: readonly { readonly strategy: Strategy; readonly killedAt: number; readonly comesBack: boolean }[] = [
  { strategy: 'Stride', killedAt: 60, comesBack: true },
  { strategy: 'Random', killedAt: 250, comesBack: false },
  { strategy: 'Sequential', killedAt: 420, comesBack: true },
];

let hostport: RunningHostport;

beforeAll(async () => {
  hostport = await startHostport({ managers: 2 });
});

afterAll(() => hostport[Symbol.asyncDispose]());

describe('the leader is killed while allocations come and go', () => {
  test.each(rounds)(
    'after $killedAt of them, in a pool of strategy $strategy',
    async ({ strategy, killedAt, comesBack }) => {
      const poolName = strategy.toLowerCase();
      const first = 20_000 + killedAt * 10;
      await hostport.objects.createPool(poolName, { ranges: [`${first}-${first + ROOM - 1}`], strategy, cooldown: '1s' });
      const leader = await whoLeads();
      const crowd = new Crowd(hostport, { prefix: poolName, poolName, clients: CLIENTS, allocations: ALLOCATIONS });

      const running = crowd.run();
      await hostport.eventually(() => crowd.created, (created) => created >= killedAt, `${killedAt} allocations`);
      const exit = await leader.kill('SIGKILL');
      if (comesBack) await leader.start();
      await running;

      expect(exit).toEqual({ code: null, signal: 'SIGKILL' });
      expect({ created: crowd.created, deleted: crowd.deleted }).toEqual({ created: ALLOCATIONS, deleted: ALLOCATIONS / 2 });
      const began = performance.now();
      const nothing = ({ length }: readonly string[]): boolean => length === 0;
      await hostport.eventually(() => discrepancies(hostport), nothing, 'nothing is lost and nothing leaked', SETTLED_MS);
      const settled = performance.now() - began;
      expect(await hostport.objects.allocations('default')).toHaveLength(ALLOCATIONS / 2);
      expect(moved(hostport)).toEqual([]);
      const verdict = await hostport.recorder.verdict();
      expect(verdict).toMatchObject({ faults: [], gaps: [] });
      // Each was seen when it came, with its finalizer and with its numbers: the recorder has seen enough to judge.
      expect(verdict.seen['PortAllocation']).toBeGreaterThan(ALLOCATIONS * 2);
      console.log(`${strategy}, killed at ${killedAt}: settled after ${Math.round(settled)} ms; seen ${JSON.stringify(verdict.seen)}`);

      await leader.start();
      await crowd.leave();
      await everythingIsFree(poolName);
    },
    180_000,
  );
});

/** By what the managers say: the lease may still name one that was killed. */
async function whoLeads(): Promise<ManagerProcess> {
  const read = async (): Promise<ManagerProcess | undefined> => {
    for (const manager of hostport.managers) {
      if (/^hostport_leader 1$/m.test((await manager.get('/metrics')).body)) return manager;
    }
    return undefined;
  };
  const leader = await hostport.eventually(read, (found) => found !== undefined, 'somebody leads');
  if (leader === undefined) throw new Error('nobody leads');
  return leader;
}

/** A user's view: the pool says that all its numbers are free again. */
async function everythingIsFree(poolName: string): Promise<void> {
  const read = async (): Promise<unknown> => (await hostport.objects.findPool(poolName))?.status?.free;
  await hostport.eventually(read, (free) => free === ROOM, `all numbers of ${poolName} are free`, SETTLED_MS);
}
