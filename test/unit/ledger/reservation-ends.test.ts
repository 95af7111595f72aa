import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { plan } from '../../../src/core/index.ts';
import { ConfigMaps, ResourceCache } from '../../../src/kube/index.ts';
import { BlockStore, CLUSTER, Ledger } from '../../../src/ledger/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, pool, tcp } from '../core/make.ts';
import { StoredConfigMaps } from './config-maps.ts';

const NUMBER = 20_040;
const LIFE_MS = 45_000;
const { signal } = new AbortController();

let clock: FakeClock;
let server: StoredConfigMaps;
let ledgers: Ledger[];
let ledger: Ledger;

beforeEach(() => {
  clock = new FakeClock();
  server = new StoredConfigMaps();
  ledgers = [];
  ledger = anotherLedger();
});
afterEach(async () => {
  for (const each of ledgers) await each[Symbol.asyncDispose]();
});

function anotherLedger(): Ledger {
  const common = { client: server.client, clock, random: seededRandom(1) };
  const cache = new ResourceCache({ ...common, type: ConfigMaps, logger: silentLogger });
  const store = new BlockStore({ client: server.client, cache, namespace: 'games', log: silentLogger });
  const made = new Ledger({ ...common, store, log: silentLogger, reservationLifeMs: LIFE_MS });
  ledgers.push(made);
  return made;
}

/** Writes something to the block in `by`, reserved for a life if it isn't said to be held. */
async function write(by: Ledger, name: string, number: number, state: 'held' | 'reserved'): Promise<void> {
  const until = Math.ceil((clock.now() + LIFE_MS) / 1000);
  const request = {
    holder: allocation(name),
    pool: pool('20032-20095'),
    ports: [tcp('p', { number })],
    gone: new Set<string>(),
    poolsWith: () => [],
    ...(state === 'held' ? {} : { until }),
  };
  await by.commit(CLUSTER, (domain, context) => plan(domain, request, context), { signal });
}

function isOver(by: Ledger): boolean {
  const claim = by.domain(CLUSTER).claimsOn(NUMBER)[0];
  if (claim === undefined) throw new Error('nothing is reserved');
  return by.isOver(CLUSTER, claim);
}

test('a reservation ends when its end has passed', async () => {
  await write(ledger, 'pod', NUMBER, 'reserved');
  await clock.advance(LIFE_MS - 1);
  expect(isOver(ledger)).toBe(false);
  await clock.advance(1);
  expect(isOver(ledger)).toBe(true);
});

test('a wall clock that jumps ahead ends none', async () => {
  await write(ledger, 'pod', NUMBER, 'reserved');
  clock.moveWall(3_600_000);
  expect(isOver(ledger)).toBe(false);
  await clock.advance(LIFE_MS);
  expect(isOver(ledger)).toBe(true);
});

test('who learns of it late waits for a life from then', async () => {
  await write(ledger, 'pod', NUMBER, 'reserved');
  await clock.advance(LIFE_MS);
  const late = anotherLedger();
  // It reads the block when it loses a write.
  await write(late, 'other', 20_041, 'held');
  expect(isOver(late)).toBe(false);
  await clock.advance(LIFE_MS);
  expect(isOver(late)).toBe(true);
});

test('that its block is written, and read again, begins nothing anew', async () => {
  await write(ledger, 'pod', NUMBER, 'reserved');
  await clock.advance(LIFE_MS / 2);
  await write(anotherLedger(), 'other', 20_041, 'held');
  await write(ledger, 'third', 20_042, 'held');
  await clock.advance(LIFE_MS / 2);
  expect(isOver(ledger)).toBe(true);
});

test('one that was renewed is another one', async () => {
  await write(ledger, 'pod', NUMBER, 'reserved');
  await clock.advance(LIFE_MS / 2);
  await write(ledger, 'pod', NUMBER, 'reserved');
  clock.moveWall(3_600_000);
  await clock.advance(LIFE_MS / 2);
  expect(isOver(ledger)).toBe(false);
  await clock.advance(LIFE_MS / 2);
  expect(isOver(ledger)).toBe(true);
});
