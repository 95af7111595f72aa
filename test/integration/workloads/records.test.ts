import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { labels, PortAllocations } from '../../../src/api/index.ts';
import type { PortAllocation } from '../../../src/api/index.ts';
import type { Draft } from '../../../src/kube/index.ts';
import { auditFolder, auditedCalls } from '../../support/control-plane/audit.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { asking, deployment, pods, rolledOut, statefulSet } from './fleet.ts';
import { numbersOf, podsOf, recordsIn } from './pod-books.ts';

const PODS = 20;
const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];
/** The collector learns of a new kind within half a minute. */
const COLLECTED_MS = 60_000;
/** A lull, a second look at a record, and a lull again. */
const SET_RIGHT_MS = 30_000;

const annotations = asking('default', { 'hostport.io/strategy': 'Random' });

let folder: string;
let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostport-records-'));
  plane = await startControlPlane({ nodes: 2, auditFolder: auditFolder() ?? folder });
  hostport = await startHostport({ plane, managers: 2, sweepInterval: '1s' });
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function untilRecorded(count: number, timeoutMs?: number): Promise<readonly PortAllocation[]> {
  const read = (): Promise<readonly PortAllocation[]> => recordsIn(hostport);
  return hostport.eventually(read, ({ length }) => length === count, `${count} records`, timeoutMs);
}

/** What the managers wrote of allocations up to the last write of the one called `mark`, each as `verb resource`, sorted. */
async function writesUpTo(mark: string): Promise<readonly string[]> {
  await hostport.objects.createAllocation(mark, [{ name: 'mark' }]);
  await hostport.objects.given(mark);
  const read = () => auditedCalls(plane.dir, auditFolder() ?? folder);
  const isMark = ({ name, resource }: { readonly name: string; readonly resource: string }): boolean =>
    name === mark && resource === 'portallocations/status';
  // The log is written now and then.
  const calls = await hostport.eventually(read, (all) => all.some(isMark), 'the log has it', 60_000);
  return calls
    .filter(
      ({ verb, resource, name }) => WRITES.includes(verb) && resource.startsWith('portallocations') && name !== mark,
    )
    .map(({ verb, resource }) => `${verb} ${resource}`)
    .toSorted();
}

test('a record costs one write, shows all, and goes with its pod without another', async () => {
  await hostport.apply(deployment({ name: 'web', replicas: PODS, annotations }));
  await rolledOut(hostport, ['deployment/web']);
  const records = await untilRecorded(PODS);
  expect(records.filter(({ status }) => status !== undefined)).toEqual([]);
  const lines = (await succeed(hostport.kubectl(['get', 'portallocations', '-A', '--no-headers']))).trim().split('\n');
  const shown = lines.map((line) => line.split(/ {2,}/).slice(1, 7));
  const expected = (await podsOf(hostport, 'web')).map((pod) => {
    const given = [...numbersOf(pod)].toSorted(([, left], [, right]) => left - right);
    const summary = given.map(([name, number]) => `${name}=${number}/UDP`).join(' ');
    return [`pod-${pod.metadata.name}`, 'default', summary, pod.metadata.name, 'True', 'Allocated'];
  });
  expect(shown.toSorted()).toEqual(expected.toSorted());
  await succeed(hostport.kubectl(['scale', 'deployment', 'web', '--replicas=0']));
  await untilRecorded(0, COLLECTED_MS);
  expect(await writesUpTo('mark')).toEqual(Array.from({ length: PODS }, () => 'create portallocations'));
  await hostport.objects.removeAllocation('mark');
  await hostport.objects.gone('mark');
}, 240_000);

async function whileNoManagerRuns(task: () => Promise<void>): Promise<void> {
  for (const manager of hostport.managers) expect(await manager.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  await task();
  for (const manager of hostport.managers) await manager.start();
  await hostport.whenReady();
}

/** Puts a record with another spec into the place of `record`. */
async function replace({ metadata }: PortAllocation, spec: object): Promise<void> {
  const { name, namespace, labels: own, ownerReferences } = metadata;
  await hostport.objects.removeAllocation(name, namespace);
  await hostport.objects.gone(name, namespace);
  const draft = { metadata: { name, namespace, labels: own, ownerReferences }, spec } as Draft<PortAllocation>;
  await hostport.client.create(PortAllocations, draft, { signal: hostport.signal });
}

/** As an earlier version wrote it: the numbers in words, and whose they are, stood in its status. */
async function writeEarly(record: PortAllocation): Promise<void> {
  const { client, signal } = hostport;
  const { name, namespace } = record.metadata;
  const { summary, holder, allocated: _, reason: __, ...early } = record.spec;
  await replace(record, early);
  const key = { name, namespace };
  const body = { status: { poolName: early.poolName, summary, holder } };
  await client.patch(PortAllocations, key, { type: 'merge', body, subresource: 'status', signal });
}

test('records of an earlier version are written anew, and nobody loses a number', async () => {
  const sticky = asking('default', { 'hostport.io/sticky': 'true' });
  await hostport.apply(statefulSet({ name: 'arena', replicas: 2, annotations: sticky }));
  for (const pod of pods({ name: 'match', replicas: 2, annotations })) await hostport.apply(pod);
  await rolledOut(hostport, ['statefulset/arena']);
  await untilRecorded(4);
  // The record of an ordinal without a pod says that it is to be kept.
  await succeed(hostport.kubectl(['scale', 'statefulset', 'arena', '--replicas=1']));
  await hostport.eventually(
    () => podsOf(hostport, 'arena'),
    ({ length }) => length === 1,
    'scaled down',
  );
  const before = await recordsIn(hostport);
  const held = await hostport.holders();
  await whileNoManagerRuns(async () => {
    for (const record of before) await writeEarly(record);
  });

  const wanted = before.filter(({ metadata }) => metadata.labels?.[labels.ordinal] !== '1');
  const specs = async (): Promise<readonly unknown[]> => (await recordsIn(hostport)).map(({ spec }) => spec);
  const areNew = (found: readonly unknown[]): boolean =>
    found.length === before.length && wanted.every(({ spec }) => found.some((each) => isSame(each, spec)));
  await hostport.eventually(specs, areNew, 'the records of all that have pods are new', SET_RIGHT_MS);
  const left = await hostport.objects.findAllocation('statefulset-arena-1');
  expect(left?.status?.summary).toBe(
    before.find(({ metadata }) => metadata.name === left?.metadata.name)?.spec.summary,
  );
  expect(await hostport.holders()).toEqual(held);
  const events = await Promise.all(['match-0', 'match-1', 'arena-0'].map((name) => hostport.objects.eventsOf(name)));
  expect(events.flat().map(({ reason }) => reason)).not.toContain('StillHeld');
}, 240_000);

function isSame(left: unknown, right: unknown): boolean {
  const inOrder = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.entries(part).toSorted() : part,
    );
  return inOrder(left) === inOrder(right);
}

test('a record whose owner reference somebody took away goes all the same, after its pod', async () => {
  await succeed(
    hostport.kubectl(['patch', 'pa', 'pod-match-0', '--type=merge', '-p', '{"metadata":{"ownerReferences":null}}']),
  );
  await succeed(hostport.kubectl(['delete', 'pod', 'match-0']));
  await hostport.objects.gone('pod-match-0', 'default', 2 * COLLECTED_MS);
}, 180_000);

test('a record that says what the ledger does not is written as it should be', async () => {
  const before = await hostport.objects.recorded('pod-match-1');
  await whileNoManagerRuns(async () => {
    if (before !== undefined) await replace(before, { ...before.spec, summary: 'game=1/TCP' });
  });
  const read = async (): Promise<unknown> => (await hostport.objects.findAllocation('pod-match-1'))?.spec;
  await hostport.eventually(read, (found) => isSame(found, before?.spec), 'it says the truth again', SET_RIGHT_MS);
}, 90_000);

test('no number had two holders, or none, meanwhile', async () => {
  expect((await hostport.recorder.verdict()).faults).toEqual([]);
});
