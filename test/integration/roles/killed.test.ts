import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_NAMESPACE, MANAGER_NAME } from '../../../src/api/index.ts';
import { seededRandom, systemRandom } from '../../../src/base/random.ts';
import { Leases, isApiError } from '../../../src/kube/index.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { ManagerProcess, RunningHostport } from '../../support/hostport/hostport.ts';
import { roleBooks } from './role-books.ts';
import type { RoleBooks } from './role-books.ts';
import { PATIENCE_MS, Sets, component, container, roleSet } from './sets.ts';
import { Writes } from './writes.ts';

const NAME = 'prefill';
const ROUNDS = 10;
/** So many versions of objects are written at least, when it is scaled up, and when its image is changed. */
const SCALE_UP_WRITES = 16;
const ROLLOUT_WRITES = 30;
const IMAGES = ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.11'] as const;

const leader = component('leader', {
  allocations: [
    { name: 'grpc', env: 'GRPC_PORT' },
    { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
  ],
});
const worker = component('worker', {
  allocations: [{ name: 'rpc', env: 'RPC_PORT' }],
  references: [
    { env: 'LEADER_PORT', from: `${NAME}.leader.grpc` },
    { env: 'SHARED_PORT', from: `${NAME}.leader.http` },
  ],
});
const variables = {
  GRPC_PORT: '.grpc',
  HTTP_PORT: 'leader.http',
  RPC_PORT: '.rpc',
  LEADER_PORT: '$-leader-0.grpc',
  SHARED_PORT: 'leader.http',
};

let hostport: RunningHostport;
let sets: Sets;
let writes: Writes;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, nodes: 2, sweepInterval: '2s', reservationLife: '5s' });
  sets = new Sets(hostport);
  // Whoever comes again within the hour has the numbers of before, so that every round ends alike.
  await hostport.objects.createPool('lasting', { ranges: ['24000-24255'], cooldown: '1h' });
  writes = new Writes();
  await writes.start(hostport);
});
afterAll(async () => {
  await writes[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

function manifest(replicas: number, image: string) {
  const dressed = [leader, worker].map((each) => ({
    ...each,
    template: { ...each.template, spec: { containers: [{ ...container, image }] } },
  }));
  return roleSet(NAME, dressed, { replicas, poolName: 'lasting', updateStrategy: { partition: 0, maxUnavailable: 2 } });
}

/** Changes the set, and kills who leads when so much was written of what comes of it. */
async function strike(change: object, count: number): Promise<void> {
  await hostport.whenReady(PATIENCE_MS);
  const victim = await hostport.eventually(
    () => hostport.leader(),
    (found) => found !== undefined,
    'one leads',
  );
  const moment = writes.after(count);
  await hostport.apply(change);
  await moment;
  await victim?.kill('SIGKILL');
  await Promise.all([bury(victim), victim?.start()]);
}

/** The lease of a dead manager lasts for 15 s, which is nothing that this test is about. */
async function bury(victim: ManagerProcess | undefined): Promise<void> {
  const { client, signal } = hostport;
  expect(victim?.ended?.signal).toBe('SIGKILL');
  try {
    await client.remove(Leases, { namespace: DEFAULT_NAMESPACE, name: MANAGER_NAME }, { signal });
  } catch (error) {
    if (!isApiError(error, 'notFound')) throw error;
  }
}

/** The books, once the set is complete and all that is told of its numbers is the same. */
async function settled(replicas: number, image: string): Promise<RoleBooks> {
  await sets.complete(NAME);
  const isSettled = ({ pods, images, ...books }: RoleBooks): boolean => {
    const { env, annotations, records, ledger, others } = books;
    const told = [env, annotations, records, ledger].map((lines) => lines.join(' '));
    const isRight = pods.length === 2 * replicas && images.join(' ') === image;
    return isRight && new Set(told).size === 1 && others.length === 0;
  };
  const read = (): Promise<RoleBooks> => roleBooks(hostport, sets, { name: NAME, variables });
  return hostport.eventually(read, isSettled, 'all books of the set agree, and nothing else is held', PATIENCE_MS);
}

test('a set ends up the same, whenever a manager is killed while it is scaled up or rolled out', async () => {
  const seed = 1 + systemRandom.below(1_000_000);
  const random = seededRandom(seed);
  const moments: string[] = [];
  const strikeAt = async (what: string, change: object, most: number): Promise<void> => {
    const count = 1 + random.below(most);
    moments.push(`${what} after ${count}`);
    await strike(change, count);
  };
  try {
    await hostport.apply(manifest(1, IMAGES[0]));
    const few = await settled(1, IMAGES[0]);
    await hostport.apply(manifest(3, IMAGES[0]));
    const many = await settled(3, IMAGES[0]);
    expect(many.ledger).toHaveLength(7);
    for (let round = 0; round < ROUNDS; round++) {
      const [before, after] = round % 2 === 0 ? IMAGES : IMAGES.toReversed();
      await hostport.apply(manifest(1, before));
      expect(await settled(1, before)).toEqual({ ...few, images: [before] });
      await strikeAt('scale-up', manifest(3, before), SCALE_UP_WRITES);
      expect(await settled(3, before)).toEqual({ ...many, images: [before] });
      await strikeAt('rollout', manifest(3, after), ROLLOUT_WRITES);
      expect(await settled(3, after)).toEqual({ ...many, images: [after] });
    }
    const { faults, gaps } = await hostport.recorder.verdict();
    expect([...faults, ...gaps]).toEqual([]);
    expect(moments).toHaveLength(2 * ROUNDS);
  } catch (error) {
    throw new Error(`seed ${seed}, killed at: ${moments.join('; ')}`, { cause: error });
  }
}, 600_000);
