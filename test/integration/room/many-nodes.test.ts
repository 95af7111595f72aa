import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conditionTypes, PortPools, roomResource } from '../../../src/api/index.ts';
import { Nodes, findCondition } from '../../../src/kube/index.ts';
import { auditFolder, auditedCalls } from '../../support/control-plane/audit.ts';
import type { AuditedCall } from '../../support/control-plane/audit.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import type { Condition } from '../../../src/kube/index.ts';

const NODES = 300;
/** As fast as room is ever written. */
const MOST_IN_A_SECOND = 200;
/** For the first ones, which are written at once. */
const SLACK_MS = 600;
const ALL = `${NODES} of ${NODES} nodes`;

const folder = mkdtempSync(join(tmpdir(), 'hostport-audit-'));
let plane: ControlPlane;
let hostport: RunningHostport;

beforeAll(async () => {
  plane = await startControlPlane({ nodes: NODES, auditFolder: auditFolder() ?? folder });
  hostport = await startHostport({ plane });
}, 300_000);
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** How much room each node shows of a pool, where it shows any. */
async function shown(pool: string): Promise<ReadonlyMap<string, string>> {
  const { items } = await hostport.client.list(Nodes, { signal: hostport.signal });
  const rooms = items.map(({ metadata, status }) => [metadata.name, status?.capacity?.[roomResource(pool)]] as const);
  return new Map(rooms.flatMap(([name, room]) => (room === undefined ? [] : [[name, room] as const])));
}

/** Reads a pool's condition until it is as `holds` says. @returns all that it said until then */
async function follow(
  name: string,
  holds: (condition: Condition | undefined) => boolean,
): Promise<readonly Condition[]> {
  const said: Condition[] = [];
  const read = async (): Promise<Condition | undefined> => {
    const { status } = await hostport.client.get(PortPools, { name }, { signal: hostport.signal });
    const condition = findCondition(status?.conditions, conditionTypes.advertised);
    if (condition !== undefined) said.push(condition);
    return condition;
  };
  await hostport.eventually(read, holds, `pool ${name} says how far its room is shown`);
  return said;
}

/** How many nodes a condition speaks of that is on the way. */
const countsIn = (said: readonly Condition[], reason: string): readonly number[] =>
  said.filter((each) => each.reason === reason).map(({ message }) => Number(message.split(' ')[0]));

const isPartWay = (count: number): boolean => count > 0 && count < NODES;

/** The writes of nodes' statuses between two moments. */
function patches(since: number, until = Infinity): readonly AuditedCall[] {
  const all = auditedCalls(plane.dir, auditFolder() ?? folder);
  return all.filter(
    ({ verb, resource, at }) => verb === 'patch' && resource === 'nodes/status' && at >= since && at < until,
  );
}

/** How long it took from the first to the last, in milliseconds. */
function spanOf(calls: readonly AuditedCall[]): number {
  const times = calls.map(({ at }) => at);
  return Math.max(...times) - Math.min(...times);
}

function mostForOne(calls: readonly AuditedCall[]): number {
  return Math.max(...[...Map.groupBy(calls, ({ name }) => name).values()].map(({ length }) => length));
}

test('room comes and goes on many nodes at a pace, each is written once, and the pool says how far it is', async () => {
  const created = Date.now();
  await hostport.objects.createPool('games', {
    ranges: ['7000-7019'],
    scope: 'Node',
    strategy: 'Sequential',
    cooldown: '0s',
  });
  const coming = await follow('games', (condition) => condition?.status === 'True');
  expect(coming.at(-1)?.message).toContain(ALL);
  expect(countsIn(coming, 'Advertising').filter(isPartWay)).not.toEqual([]);
  expect((await shown('games')).size).toBe(NODES);

  // Many changes on one node.
  const edited = Date.now();
  const names = Array.from({ length: 10 }, (_, at) => `match-${at}`);
  const ports = [{ name: 'game' }];
  await Promise.all(
    names.map((name) => hostport.objects.createAllocation(name, { poolName: 'games', nodeName: 'node-7', ports })),
  );
  await hostport.eventually(
    () => shown('games'),
    (rooms) => rooms.get('node-7') === '10',
    'node-7 shows what is left',
  );
  const isLeft = Date.now();

  // One change on one node, while all of them change.
  await hostport.objects.createPool('media', { ranges: ['7100-7109'], scope: 'Node', cooldown: '0s' });
  await hostport.eventually(
    () => shown('media'),
    (rooms) => rooms.size > 0,
    'the first node shows the other pool',
  );
  await hostport.objects.removeAllocation('match-0');
  await hostport.eventually(
    () => shown('games'),
    (rooms) => rooms.get('node-7') === '11',
    'node-7 shows what came back',
  );
  expect((await shown('media')).size).toBeLessThan(NODES);
  await follow('media', (condition) => condition?.status === 'True');

  const withdrawn = Date.now();
  await hostport.objects.editPool('games', { advertise: false });
  const going = await follow('games', (condition) => condition === undefined);
  expect(countsIn(going, 'Withdrawing').filter(isPartWay)).not.toEqual([]);
  expect((await shown('games')).size).toBe(0);

  // The log is written some time later, in order.
  const isComplete = (calls: readonly AuditedCall[]): boolean => new Set(calls.map(({ name }) => name)).size === NODES;
  await hostport.eventually(async () => Promise.resolve(patches(withdrawn)), isComplete, 'the log has every write');
  const atFirst = patches(created, edited);
  expect([atFirst.length, mostForOne(atFirst)]).toEqual([NODES, 1]);
  // A busy machine sends some of them late, and together with later ones: what can be told is how long all of them took.
  expect(spanOf(atFirst)).toBeGreaterThanOrEqual((NODES / MOST_IN_A_SECOND) * 1_000 - SLACK_MS);
  expect(mostForOne(patches(edited, isLeft))).toBeLessThanOrEqual(2 + (isLeft - edited) / 1_000);
  expect(mostForOne(patches(withdrawn))).toBe(1);
});
