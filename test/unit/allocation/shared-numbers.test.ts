import { expect, test } from '@jest/globals';
import { Allocator, CLUSTER, Liveness, Sweep } from '../../../src/allocation/index.ts';
import type { Census } from '../../../src/allocation/index.ts';
import type { AllocatorParts } from '../../../src/allocation/allocator.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { Domain, holder } from '../../../src/core/index.ts';
import type { Claim, Holder } from '../../../src/core/index.ts';
import { ApiError, Controllers, Pods } from '../../../src/kube/index.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';
import type { Work } from '../../../src/ledger/index.ts';
import { sharesPort } from '../../../src/workload/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { claim } from '../core/make.ts';

const { signal } = new AbortController();
const LIFE_S = 45;
const web = holder({ group: 'apps', kind: 'Deployment', namespace: 'arena', name: 'web', uid: 'w' });
const rack = holder({ group: 'example.com', kind: 'Rack', namespace: 'arena', name: 'r', uid: 'r' });
const asking = (...ports: readonly string[]): object => ({
  metadata: { name: 'web', uid: 'w' },
  spec: { template: { metadata: { annotations: { 'hostport.io/port-allocator': allocator(ports) } } } },
});

function allocator(ports: readonly string[]): string {
  return JSON.stringify({ allocations: ports.map((name) => ({ name, env: name.toUpperCase(), scope: 'RoleScoped' })) });
}

/** A cluster whose Deployment is what `find` returns, and a ledger in which `by` holds 20000 for port `rpc`. */
class Scene {
  readonly domain = new Domain();
  readonly clock = new FakeClock();
  readonly #sweep: Sweep;
  readonly allocator: Allocator;

  constructor(by: Holder, find: () => Promise<object | undefined>) {
    const run = <T>(work: Work<T>) =>
      work(this.domain, { now: this.#now, random: seededRandom(1), roundStates: new Map() });
    const ledger = {
      domains: () => [''],
      domain: () => this.domain,
      isOver: (_: string, { time }: Claim) => time <= this.#now,
      newEnd: () => this.#now + LIFE_S,
      commit: (_: string, work: Work<unknown>) => Promise.resolve(run(work)),
    };
    const quotas = { announce: () => ({ [Symbol.dispose]: () => undefined }), giveBack: async () => undefined };
    const kinds = [...Controllers, Pods].map((type) => ({ type, asksFor: sharesPort }));
    const liveness = new Liveness({ find } as unknown as ClusterClient, kinds);
    const parts = { ledger, quotas, liveness, pools: { cooldownOf: () => 30 }, clock: this.clock };
    this.allocator = new Allocator(parts as unknown as AllocatorParts);
    const log = silentLogger;
    const lookAtPods = async () => new Set<number>();
    const rest = { log, allocator: this.allocator, lookAtPods, observe: () => undefined };
    this.#sweep = new Sweep({ ...parts, ...rest } as unknown as ConstructorParameters<typeof Sweep>[0]);
    this.domain.write(20_000, [claim(20_000, { holder: by, port: 'rpc', time: 1 })]);
  }

  get #now(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  /** The state of 20000 after a sweep for which pods use `inUse`. */
  async sweep(...inUse: readonly string[]): Promise<Claim['state'] | undefined> {
    const census = { inUse: new Set(inUse) } as unknown as Census;
    await this.#sweep.settleDoubts(census, signal);
    return this.domain.claimsOn(20_000)[0]?.state;
  }

  /** Writes what the ledger has after a pod of the holder has asked for the number again. */
  askAgain(by: Holder): void {
    const known = this.domain.claimsOn(20_000).map((each): Claim => ({ ...each, holder: by, state: 'held' }));
    this.domain.write(20_000, known);
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }
}

const refused = (code: number, kind: 'forbidden' | 'refused' | 'unavailable') => () =>
  Promise.reject(new ApiError({ kind, code, reason: '', message: '', request: '' }));

test.each<readonly [string, Holder, () => Promise<object | undefined>]>([
  ['whose template asks for it no longer', web, async () => asking('other')],
  ['of a kind that nobody can look up', rack, async () => undefined],
  ['that nobody may look at', web, refused(403, 'forbidden')],
  ['of a kind whose objects have no GET', web, refused(405, 'refused')],
])('a number of a controller %s lives as long as its pods, and is released in two steps', async (_, by, find) => {
  const scene = new Scene(by, find);
  expect(await scene.sweep('arena/20000')).toBe('held');
  expect(await scene.sweep()).toBe('reserved');
  await scene.pass(LIFE_S - 1);
  expect(await scene.sweep()).toBe('reserved');
  await scene.pass(2);
  expect(await scene.sweep()).toBe('cooling');
});

test.each<readonly [string, () => Promise<object | undefined>]>([
  ['whose template asks for it', async () => asking('rpc')],
  ['that can\u2019t be read just now', refused(503, 'unavailable')],
])('a number of a controller %s stays, also without pods', async (_, find) => {
  const scene = new Scene(web, find);
  for (let look = 0; look < 3; look++) {
    expect(await scene.sweep()).toBe('held');
    await scene.pass(LIFE_S + 1);
  }
});

test('a pod that comes between the two steps keeps the number', async () => {
  const scene = new Scene(web, async () => asking());
  expect(await scene.sweep()).toBe('reserved');
  await scene.pass(LIFE_S + 1);
  expect(await scene.sweep('arena/20000')).toBe('held');
});

test('and so does one that was answered with it between the look and the release', async () => {
  const scene = new Scene(web, async () => asking());
  await scene.sweep();
  const begun = scene.domain.claimsOn(20_000);
  scene.askAgain(web);
  await scene.allocator.releases.finish(CLUSTER, begun, signal);
  expect(scene.domain.claimsOn(20_000)).toMatchObject([{ state: 'held' }]);
});

test('numbers of pods, allocations and ordinals are none that are shared', async () => {
  for (const by of [
    holder({ ...web, group: '', kind: 'Pod' }),
    holder({ ...web, group: 'hostport.io', kind: 'PortAllocation' }),
    holder({ ...web, kind: 'StatefulSet', name: 'web[3]' }),
  ]) {
    expect(await new Scene(by, async () => undefined).sweep()).toBe('held');
  }
});

test.each<readonly [string, object, boolean]>([
  ['a Deployment with it', asking('rpc'), true],
  ['one without', asking('x'), false],
  ['one that no longer asks', { metadata: {}, spec: { template: {} } }, false],
  ['a CronJob with it', { metadata: {}, spec: { jobTemplate: { spec: asking('rpc')['spec' as never] } } }, true],
  [
    'a text that can\u2019t be read',
    { metadata: {}, spec: { template: { metadata: { annotations: { 'hostport.io/port-allocator': '{' } } } } },
    true,
  ],
  ['something without a template', { metadata: {}, spec: {} }, true],
])('%s shares the port: %s', (_, object, expected) => {
  expect(sharesPort(object as Parameters<typeof sharesPort>[0], 'rpc')).toBe(expected);
});
