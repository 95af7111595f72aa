import { beforeEach, describe, expect, test } from '@jest/globals';
import { OPEN } from '../../../src/base/fence.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { Manager, alwaysLeading } from '../../../src/runtime/index.ts';
import type { Lead, Leadership, Part } from '../../../src/runtime/index.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';

let clock: FakeClock;
let log: RecordedLog;
let events: string[];
let stop: AbortController;

beforeEach(() => {
  clock = new FakeClock();
  log = recordedLog();
  events = [];
  stop = new AbortController();
});

function part(name: string, up: Promise<void> = Promise.resolve()): Part {
  return {
    name,
    start: async (lifetime) => {
      events.push(`+${name}`);
      lifetime.defer(() => void events.push(`-${name}`));
      await up;
    },
  };
}

type ElectionOf = (lead: Lead) => Leadership;

function managerOf(electionOf: ElectionOf = (lead) => alwaysLeading(lead, { clock, logger: log.logger })): Manager {
  return new Manager({ clock, logger: log.logger, graceMs: 25_000, electionOf });
}

describe('a manager', () => {
  test('starts phase by phase, whatever the order of adding, and stops in the opposite order', async () => {
    const manager = managerOf();
    manager.add('leader', part('controllers'));
    manager.add('always', part('webhook'));
    manager.add('servers', part('health'));
    manager.add('caches', part('pods'));
    const run = manager.run(stop.signal);
    await settle();
    expect(events).toEqual(['+health', '+pods', '+webhook', '+controllers']);
    stop.abort();
    await run;
    expect(events.slice(4)).toEqual(['-controllers', '-webhook', '-pods', '-health']);
    expect(clock.pending).toBe(0);
  });

  test('begins a phase when all of the one before are up', async () => {
    let sync: () => void = () => undefined;
    const manager = managerOf();
    manager.add('caches', part('slow', new Promise((resolve) => (sync = resolve))));
    manager.add('caches', part('quick'));
    manager.add('always', part('after'));
    const run = manager.run(stop.signal);
    await settle();
    expect(events).toEqual(['+slow', '+quick']);
    sync();
    await settle();
    expect(events).toEqual(['+slow', '+quick', '+after']);
    stop.abort();
    await run;
  });

  test('stops what it has started, and tells why, when a part fails to start', async () => {
    const manager = managerOf();
    manager.add('servers', part('health'));
    manager.add('caches', { name: 'bad', start: () => Promise.reject(new Error('no such kind')) });
    manager.add('always', part('never'));
    await expect(manager.run(stop.signal)).rejects.toThrow('no such kind');
    expect(events).toEqual(['+health', '-health']);
  });

  test('may be stopped while it starts', async () => {
    const manager = managerOf();
    const untilAborted = (lifetime: Lifetime): Promise<void> =>
      new Promise((resolve) => lifetime.signal.addEventListener('abort', () => resolve()));
    manager.add('servers', part('health'));
    manager.add('caches', { name: 'waiting', start: untilAborted });
    const run = manager.run(stop.signal);
    await settle();
    stop.abort();
    await run;
    expect(events).toEqual(['+health', '-health']);
  });

  test('waits for no part longer than the grace period, and names what it left', async () => {
    const manager = managerOf();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    manager.add('always', { name: 'webhook', start: (lifetime) => lifetime.defer(() => held) });
    const run = manager.run(stop.signal);
    await settle();
    stop.abort();
    await clock.advance(24_999);
    expect(log.at('error')).toEqual([]);
    await clock.advance(1);
    await run;
    expect(log.at('error').map((line) => line.fields['phase'])).toEqual(['always']);
    release();
    await settle();
  });
});

describe('what a leader does', () => {
  test('begins and ends with each term, while everything else goes on', async () => {
    let lead: Lead = () => Promise.resolve();
    const election: Leadership = { start: () => undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
    const manager = managerOf((given) => {
      lead = given;
      return election;
    });
    manager.add('always', part('webhook'));
    manager.add('leader', part('controllers'));
    const run = manager.run(stop.signal);
    await settle();
    for (let terms = 0; terms < 2; terms++) {
      const term = new Lifetime('term');
      await lead(term, OPEN);
      await term[Symbol.asyncDispose]();
    }
    expect(events).toEqual(['+webhook', '+controllers', '-controllers', '+controllers', '-controllers']);
    stop.abort();
    await run;
    expect(events.at(-1)).toBe('-webhook');
  });
});

test('a manager that is the only one leads again when it failed to begin', async () => {
  const manager = managerOf();
  let tries = 0;
  manager.add('leader', {
    name: 'controllers',
    start: (term) => {
      tries++;
      term.defer(() => void events.push(`-${tries}`));
      return tries < 3 ? Promise.reject(new Error('the API server is away')) : Promise.resolve();
    },
  });
  const run = manager.run(stop.signal);
  await clock.advance(60_000);
  expect(tries).toBe(3);
  expect(events).toEqual(['-1', '-2']);
  stop.abort();
  await run;
  expect(events).toEqual(['-1', '-2', '-3']);
  expect(clock.pending).toBe(0);
});
