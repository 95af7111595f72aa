import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { Connection, Leases, createClusterClient } from '../../../src/kube/index.ts';
import type { ClusterClient, LeaseSpec } from '../../../src/kube/index.ts';
import { LeaderElector } from '../../../src/runtime/index.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';

const signal = new AbortController().signal;
const namespace = 'default';
const cluster = new Lifetime('test cluster');
let plane: ControlPlane;
let client: ClusterClient;

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false, scheduler: false, kwok: false });
  cluster.defer(() => plane.stop());
  const connection = cluster.own(new Connection({ kubeconfig: plane.kubeconfig, clock: systemClock }));
  client = createClusterClient({ connection, clock: systemClock, random: systemRandom });
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** A started candidate for the lease `name`, ended at the latest with the cluster. */
function candidate(name: string, identity: string, terms: string[] = []): LeaderElector {
  const elector = new LeaderElector({
    client,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    namespace,
    name,
    identity,
    lead: (term) => {
      terms.push(`${identity} begins`);
      term.defer(() => void terms.push(`${identity} ends`));
      return Promise.resolve();
    },
  });
  elector.start();
  return cluster.own(elector);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise<void>((resolve) => void systemClock.schedule(20, resolve));
}

async function specOf(name: string): Promise<LeaseSpec> {
  return (await client.get(Leases, { namespace, name }, { signal })).spec ?? {};
}

test('one of two leads, and its stop hands over within three seconds', async () => {
  const terms: string[] = [];
  const electors = [candidate('pair', 'a', terms), candidate('pair', 'b', terms)];
  await until(() => electors.some((one) => one.leading));
  const [leader, other] = electors[0]?.leading ? electors : electors.toReversed();
  if (!leader || !other) throw new Error('there are two');
  const before = await specOf('pair');
  expect(before).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 0 });
  await until(async () => (await specOf('pair')).renewTime !== before.renewTime);
  expect(other.leading).toBe(false);
  expect((await specOf('pair')).acquireTime).toBe(before.acquireTime);

  const began = performance.now();
  await leader[Symbol.asyncDispose]();
  await until(() => other.leading);
  expect(performance.now() - began).toBeLessThan(3_000);
  const first = before.holderIdentity;
  const second = first === 'a' ? 'b' : 'a';
  expect(terms).toEqual([`${first} begins`, `${first} ends`, `${second} begins`]);
  expect(await specOf('pair')).toMatchObject({ holderIdentity: second, leaseTransitions: 1 });
  await other[Symbol.asyncDispose]();
});

test('the last leader leaves a lease that nobody holds', async () => {
  const elector = candidate('last', 'a');
  await until(() => elector.leading);
  await elector[Symbol.asyncDispose]();
  const spec = await specOf('last');
  expect(spec.holderIdentity || undefined).toBeUndefined();
  expect(spec.leaseDurationSeconds).toBe(1);
});

test('an API server that is away for 20 s ends the term and not the process; the same replica leads again', async () => {
  const terms: string[] = [];
  const elector = candidate('outage', 'a', terms);
  await until(() => elector.leading);
  await plane.stopApiServer();
  const gone = performance.now();
  await until(() => !elector.leading);
  expect(performance.now() - gone).toBeLessThan(15_000);
  await until(() => performance.now() - gone > 20_000);
  await plane.startApiServer();
  await until(() => elector.leading);
  expect(terms).toEqual(['a begins', 'a ends', 'a begins']);
  expect((await specOf('outage')).leaseTransitions).toBeLessThanOrEqual(1);
  await elector[Symbol.asyncDispose]();
});
