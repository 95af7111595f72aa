import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ok } from '../../../src/base/result.ts';
import { plan } from '../../../src/core/index.ts';
import type { CacheListener, ConfigMap, ResourceCache } from '../../../src/kube/index.ts';
import { BlockStore, Ledger, blockName } from '../../../src/ledger/index.ts';
import type { DamageReport } from '../../../src/ledger/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, claim, pool, seen, tcp } from '../core/make.ts';
import { StoredConfigMaps } from './config-maps.ts';

const NODE = 'n1';
const FIRST = 20_032;
const BLOCK = blockName({ domain: NODE, first: FIRST });
const GAMES = pool('20032-20095');
const { signal } = new AbortController();
const nobody = (): boolean => false;

let clock: FakeClock;
let server: StoredConfigMaps;
let ledger: Ledger;
let watch: CacheListener<ConfigMap>;
let reports: DamageReport[];

beforeEach(() => {
  clock = new FakeClock();
  server = new StoredConfigMaps();
  reports = [];
  const { client } = server;
  const cache = {
    subscribe: (listener: CacheListener<ConfigMap>) => {
      watch = listener;
      return { [Symbol.dispose]: () => undefined };
    },
  } as unknown as ResourceCache<ConfigMap>;
  const store = new BlockStore({ client, cache, namespace: 'games', log: silentLogger });
  const common = { clock, random: seededRandom(1), log: silentLogger };
  ledger = new Ledger({ ...common, store, onDamage: (report) => void reports.push(report) });
});

afterEach(() => ledger[Symbol.asyncDispose]());

describe('a node that is gone', () => {
  test('costs nothing once nothing is held there', async () => {
    await reserve();
    await release();
    expect(stored()?.data).toEqual({});
    await ledger.dropGone(nobody, { signal });
    expect(stored()).toBeUndefined();
    expect(ledger.knows(NODE)).toBe(false);
  });

  test('is told of when nobody is seen any longer on the one number that was known of it', () => {
    const told: unknown[] = [];
    ledger.observe(NODE, 20_040, [seen(20_040)]);
    using _ = ledger.subscribe((domain, changes) => void told.push([domain, ...changes.keys()]));
    ledger.observe(NODE, 20_040, []);
    expect(told).toEqual([[NODE, 20_040]]);
    expect(ledger.knows(NODE)).toBe(false);
  });

  test('keeps its blocks while something is held there', async () => {
    await reserve();
    await ledger.dropGone(nobody, { signal });
    expect(Object.keys(stored()?.data ?? {})).toEqual(['20040']);
    expect(ledger.knows(NODE)).toBe(true);
  });

  test('keeps a block that somebody else writes at that moment, with what it says', async () => {
    await reserve();
    await release();
    const data = { '20041': 'TCP held games PortAllocation.hostport.io arena/other other-1 p 2026-01-01T00:00:00Z' };
    server.beforeNextWrite = () => void server.put(BLOCK, { data });
    await ledger.dropGone(nobody, { signal });
    expect(stored()?.data).toEqual(data);
    // The watch has it next.
    watch({ type: 'applied', object: stored() as ConfigMap });
    expect(ledger.domain(NODE).claimsOn(20_041)).toHaveLength(1);
  });

  test('comes back as any other', async () => {
    await reserve();
    await release();
    const before = stored() as ConfigMap;
    await ledger.dropGone(nobody, { signal });
    watch({ type: 'deleted', object: before });
    await reserve();
    expect(Object.keys(stored()?.data ?? {})).toEqual(['20040']);
    expect(reports).toEqual([]);
  });

  test('is none while it is seen', async () => {
    await reserve();
    await release();
    await ledger.dropGone((node) => node === NODE, { signal });
    expect(stored()?.data).toEqual({});
  });

  test.each(['conflict', 'notFound', 'forbidden'] as const)('is left for the next time: %s', async (fault) => {
    await reserve();
    await release();
    server.faults.push(fault);
    await ledger.dropGone(nobody, { signal });
    expect(stored()?.data).toEqual({});
    await ledger.dropGone(nobody, { signal });
    expect(stored()).toBeUndefined();
  });
});

describe('a block that another manager deleted', () => {
  test('is forgotten where it held nothing, without a word', async () => {
    await reserve();
    await release();
    seeDeletion(stored() as ConfigMap);
    await clock.advance(10_000);
    expect([stored(), ledger.knows(NODE), reports]).toEqual([undefined, false, []]);
  });

  test('is written again where it held something, and told', async () => {
    await reserve();
    seeDeletion(stored() as ConfigMap);
    await clock.advance(10_000);
    expect(Object.keys(stored()?.data ?? {})).toEqual(['20040']);
    expect(reports).toMatchObject([{ configMap: BLOCK, what: 'deleted' }]);
  });

  test('and that we made anew before its deletion was seen is as we made it', async () => {
    await reserve();
    await release();
    const before = stored() as ConfigMap;
    server.objects.delete(BLOCK);
    await reserve();
    watch({ type: 'deleted', object: before });
    await clock.advance(10_000);
    expect(Object.keys(stored()?.data ?? {})).toEqual(['20040']);
    expect(ledger.domain(NODE).claimsOn(20_040)).toHaveLength(1);
    expect(reports).toEqual([]);
  });
});

test('reading about a domain keeps nothing in mind', () => {
  expect(ledger.domain('made-up').claimsOn(20_040)).toEqual([]);
  ledger.isOver('made-up', claim(20_040));
  ledger.dryRun('made-up', () => ok(undefined));
  ledger.observe('made-up', 20_040, []);
  expect([...ledger.domains()]).toEqual(['']);
  const stranger = claim(20_041, { state: 'observed' });
  ledger.observeEverywhere(20_041, [stranger]);
  expect(ledger.domain('made-up').obstaclesOn(20_041)).toEqual([stranger]);
  expect(ledger.domain('made-up').space(GAMES).untouched.has(9)).toBe(false);
});

test('who is seen on a node is kept in mind for as long as he is', () => {
  ledger.observe('n2', 20_040, [claim(20_040, { state: 'observed' })]);
  expect(ledger.knows('n2')).toBe(true);
  ledger.observe('n2', 20_040, []);
  expect(ledger.knows('n2')).toBe(false);
});

function stored(): ConfigMap | undefined {
  return server.objects.get(BLOCK);
}

function seeDeletion(object: ConfigMap): void {
  server.objects.delete(BLOCK);
  watch({ type: 'deleted', object });
}

async function reserve(): Promise<void> {
  const ports = [tcp('p', { number: 20_040 })];
  const request = { holder: allocation('holder'), pool: GAMES, ports, gone: new Set<string>(), poolsWith: () => [] };
  const answer = await ledger.commit(NODE, (domain, context) => plan(domain, request, context), { signal });
  expect(answer.ok).toBe(true);
}

async function release(): Promise<void> {
  await ledger.commit(
    NODE,
    (domain) => {
      domain.write(20_040, []);
      return ok(undefined);
    },
    { signal },
  );
}
