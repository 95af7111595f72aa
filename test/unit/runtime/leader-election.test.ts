import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Fence } from '../../../src/base/fence.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { microTime } from '../../../src/kube/index.ts';
import { LeaderElector } from '../../../src/runtime/index.ts';
import type { Lead } from '../../../src/runtime/index.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { LeaseServer } from './lease-server.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';

let clock: FakeClock;
let server: LeaseServer;
let log: RecordedLog;
let cleanUp: Lifetime;
/** The events so far, each with the second at which it happened. */
let events: string[];

beforeEach(() => {
  clock = new FakeClock();
  server = new LeaseServer(clock);
  log = recordedLog();
  cleanUp = new Lifetime('electors under test');
  events = [];
});
afterEach(async () => {
  server.mode = 'well';
  await cleanUp[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

function note(event: string): void {
  events.push(`${event} @${clock.monotonic() / 1000}`);
}

/** The seconds at which the events of this name happened. */
function at(event: string): number {
  const found = events.findLast((one) => one.startsWith(`${event} @`));
  return found === undefined ? Number.NaN : Number(found.split('@')[1]);
}

function candidate(identity: string, lead: Lead = () => Promise.resolve()): LeaderElector {
  const parts = { client: server.client, clock, random: seededRandom(identity.charCodeAt(0)), logger: log.logger };
  const elector = new LeaderElector({
    ...parts,
    namespace: 'system',
    name: 'manager',
    identity,
    lead: async (term, fence) => {
      note(`${identity} leads`);
      term.defer(() => note(`${identity} ends`));
      await lead(term, fence);
    },
  });
  elector.start();
  return cleanUp.own(elector);
}

describe('an elector', () => {
  test('leads at once where nobody does, and keeps the lease', async () => {
    const elector = candidate('a');
    await settle();
    expect(elector.leading).toBe(true);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    const { acquireTime } = server.lease?.spec ?? {};
    await clock.advance(60_000);
    expect(events).toEqual(['a leads @0']);
    expect(server.lease?.spec?.acquireTime).toBe(acquireTime);
    expect(Date.parse(server.lease?.spec?.renewTime ?? '')).toBeGreaterThan(clock.now() - 3_000);
  });

  test('leads alone, and its stop hands over within three seconds, after its term has ended', async () => {
    const first = candidate('a');
    await settle();
    const second = candidate('b');
    await clock.advance(60_000);
    expect([first.leading, second.leading]).toEqual([true, false]);
    await first[Symbol.asyncDispose]();
    expect(server.holder || undefined).toBeUndefined();
    expect(server.lease?.spec?.leaseDurationSeconds).toBe(1);
    await clock.advance(3_000);
    expect(second.leading).toBe(true);
    expect(events.slice(0, 2)).toEqual(['a leads @0', 'a ends @60']);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('hands over as soon when its last renewal was stored, and the answer never came', async () => {
    const first = candidate('a');
    await settle();
    const second = candidate('b');
    await clock.advance(60_000);
    const before = server.lease?.metadata.resourceVersion;
    server.mode = 'mute';
    await clock.advance(2_000);
    expect(server.lease?.metadata.resourceVersion).not.toBe(before);
    server.mode = 'well';
    await first[Symbol.asyncDispose]();
    await clock.advance(3_000);
    expect(second.leading).toBe(true);
  });

  test('stops as a candidate without touching the lease', async () => {
    candidate('a');
    await settle();
    const second = candidate('b');
    await clock.advance(5_000);
    await second[Symbol.asyncDispose]();
    expect(server.holder).toBe('a');
  });

  test.each([
    ['an hour ahead', 3_600_000],
    ['an hour behind', -3_600_000],
  ])('waits for a silent holder by its own clock, when that of the holder is %s', async (_, offMs) => {
    server.write({ holderIdentity: 'z', leaseDurationSeconds: 15, renewTime: microTime(clock.now() + offMs) });
    const elector = candidate('a');
    await clock.advance(14_900);
    expect(elector.leading).toBe(false);
    await clock.advance(2_200);
    expect(elector.leading).toBe(true);
  });

  test('never takes a lease that is renewed, even with the same times again and again', async () => {
    const elector = candidate('a');
    await settle();
    await elector[Symbol.asyncDispose]();
    const other = candidate('b');
    for (let minute = 0; minute < 10; minute++) {
      server.write({
        holderIdentity: 'z',
        leaseDurationSeconds: 15,
        renewTime: microTime(0),
        leaseTransitions: minute,
      });
      await clock.advance(10_000);
      expect(other.leading).toBe(false);
    }
  });

  test('makes the lease again when somebody deletes it', async () => {
    const elector = candidate('a');
    await settle();
    server.lease = undefined;
    await clock.advance(4_000);
    expect(server.holder).toBe('a');
    expect(elector.leading).toBe(true);
    expect(events).toEqual(['a leads @0']);
  });
});

describe('a term', () => {
  test('ends when the lease could not be renewed for ten seconds; a new one begins when the API server is back', async () => {
    const elector = candidate('a');
    await settle();
    server.mode = 'away';
    await clock.advance(9_900);
    expect(elector.leading).toBe(true);
    await clock.advance(10_100);
    expect(elector.leading).toBe(false);
    expect(at('a ends')).toBe(10);
    server.mode = 'well';
    await clock.advance(2_000);
    expect(elector.leading).toBe(true);
    expect(at('a leads')).toBeGreaterThan(20);
  });

  test('goes on when the API server is away for a moment', async () => {
    candidate('a');
    await settle();
    for (let times = 0; times < 5; times++) {
      server.mode = 'away';
      await clock.advance(6_000);
      server.mode = 'well';
      await clock.advance(3_000);
    }
    expect(events).toEqual(['a leads @0']);
  });

  test('is over before another may take the lease, also when the API server is silent', async () => {
    candidate('a');
    await settle();
    server.mode = 'silent';
    await clock.advance(30_000);
    expect(at('a ends')).toBeLessThanOrEqual(15);
  });

  test('ends when another holds the lease', async () => {
    const elector = candidate('a');
    await settle();
    server.write({ holderIdentity: 'z', leaseDurationSeconds: 15 });
    await clock.advance(2_000);
    expect(elector.leading).toBe(false);
    expect(server.holder).toBe('z');
    await clock.advance(16_000);
    expect(elector.leading).toBe(true);
  });

  test('that fails to begin is ended, gives the lease up, and is tried again', async () => {
    let fails = true;
    const elector = candidate('a', () => (fails ? Promise.reject(new Error('no cache')) : Promise.resolve()));
    await settle();
    expect(elector.leading).toBe(false);
    expect(events).toEqual(['a leads @0', 'a ends @0']);
    expect(log.at('error')).toHaveLength(1);
    fails = false;
    await clock.advance(5_000);
    expect(elector.leading).toBe(true);
  });

  test('that ends badly does not keep the next from beginning', async () => {
    const elector = candidate('a', (term) => {
      term.defer(() => Promise.reject(new Error('stuck')));
      return Promise.resolve();
    });
    await settle();
    server.mode = 'away';
    await clock.advance(20_000);
    server.mode = 'well';
    await clock.advance(2_000);
    expect(elector.leading).toBe(true);
  });
});

describe('the fence of a term', () => {
  let fences: Fence[];
  const reason = (): string | undefined => fences.at(-1)?.reason();

  beforeEach(async () => {
    fences = [];
    candidate('a', (_, given) => {
      fences.push(given);
      return Promise.resolve();
    });
    await clock.advance(60_000);
    expect(fences).toHaveLength(1);
    expect(reason()).toBeUndefined();
  });

  test.each([
    ['the process was stopped', (ms: number) => clock.stopFor(ms)],
    ['the machine was suspended and the monotonic clock stood still', (ms: number) => clock.moveWall(ms)],
  ])('closes before any timer has told the time: %s', async (_, pass) => {
    pass(7_000);
    expect(reason()).toBeUndefined();
    pass(3_000);
    expect(reason()).toBe('this manager may not be the leader any longer');
    await clock.advance(4_000);
    // No other replica had the lease meanwhile. It is another term, and the old term's fence stays closed.
    expect(events.filter((event) => event.startsWith('a leads'))).toHaveLength(2);
    expect(fences[0]?.reason()).toBeDefined();
    expect(reason()).toBeUndefined();
  });

  test('stays open while renewals are acknowledged, and closes when they fail', async () => {
    server.mode = 'away';
    await clock.advance(7_000);
    expect(reason()).toBeUndefined();
    await clock.advance(3_500);
    expect(reason()).toBeDefined();
    server.mode = 'well';
  });
});
