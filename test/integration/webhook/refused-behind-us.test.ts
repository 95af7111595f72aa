import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { Run, RunningHostport } from '../../support/hostport/hostport.ts';
import {
  claimsOf,
  create,
  makeNamespaceWithAccount,
  numbersUnder,
  podNamed,
  assignedTo,
  whenFree,
  whenHeld,
} from './holdings.ts';
import { ENABLED, HTTP, podOf, workloadOf } from './manifests.ts';
import { LaterWebhook } from './later-webhook.ts';
import type { LaterWebhookOptions } from './later-webhook.ts';
import { Witness } from './witness.ts';

/** How long a reservation lives, in seconds. */
const LIFE = 10;
/** From the end of a reservation: a sweep may just have begun, looks twice, and another one follows. */
const FREE_AGAIN_MS = (LIFE + 2 * (1 + 5) + 15) * 1_000;
const ENFORCE = 'pod-security.kubernetes.io/enforce';

let hostport: RunningHostport;
let witness: Witness;
beforeAll(async () => {
  const times = { sweepInterval: '1s', reservationLife: `${LIFE}s` };
  hostport = await startHostport({ managers: 2, nodes: 2, ...times });
  await hostport.objects.editPool('default', { cooldown: '0s' });
  witness = new Witness(hostport);
  await witness.start();
});
afterAll(async () => {
  await witness[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

const post = (manifest: object): Promise<Run> => hostport.kubectl(['create', '-f', '-'], manifest);

/** Creates a pod, which must be refused; gives what was said. */
async function refused(manifest: object): Promise<string> {
  const { code, stderr } = await post(manifest);
  expect({ code, stderr }).toMatchObject({ code: 1 });
  return stderr;
}

/** Waits for a point in time, in milliseconds since the epoch. */
function whenClockShows(time: number): Promise<unknown> {
  return hostport.eventually(
    () => Date.now(),
    (now) => now >= time,
    'time has passed',
  );
}

async function limitPods(namespace: string, pods: number): Promise<void> {
  await makeNamespaceWithAccount(hostport, namespace);
  const metadata = { name: 'few', namespace };
  const spec = { hard: { pods: String(pods) } };
  await hostport.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec });
  const read = (): Promise<Run> =>
    hostport.kubectl(['get', 'resourcequota', 'few', '-n', namespace, '-o', 'jsonpath={.status.hard.pods}']);
  await hostport.eventually(read, ({ stdout }) => stdout === String(pods), 'the quota is in force');
}

function startLater(options: Pick<LaterWebhookOptions, 'kind' | 'namespace'> & Partial<LaterWebhookOptions>) {
  return LaterWebhook.start(hostport, { timeoutSeconds: 30, failurePolicy: 'Fail', ...options });
}

describe('by a ResourceQuota', () => {
  test('a pod leaves its number reserved, for as long as it might still come', async () => {
    await limitPods('full', 0);
    expect(await refused(podOf('late', { namespace: 'full' }))).toContain('exceeded quota: few');
    expect(await claimsOf(hostport, 'full/late')).toMatchObject([{ state: 'reserved' }]);
    await hostport.eventually(
      async () => (await hostport.objects.findPool('default'))?.status?.reserved,
      (reserved) => reserved === 1,
      'the pool shows it',
    );
  });

  test('a ReplicaSet that tries again and again does it with the numbers that it has, and comes through', async () => {
    await limitPods('tight', 0);
    await hostport.apply(workloadOf('ReplicaSet', 'stubborn', 3, { namespace: 'tight' }));
    const reserved = (): Promise<readonly number[]> => numbersUnder(hostport, 'tight/');
    await hostport.eventually(reserved, ({ length }) => length > 5, 'it has tried and tried');
    const refusals = async (): Promise<number> => {
      const { stdout } = await hostport.kubectl(['get', 'events', '-n', 'tight', '-o', 'json']);
      const { items } = JSON.parse(stdout) as { items: { reason: string; count?: number }[] };
      return items.filter(({ reason }) => reason === 'FailedCreate').reduce((sum, { count = 1 }) => sum + count, 0);
    };
    const nudge = (text: string): Promise<Run> =>
      hostport.kubectl(['annotate', 'rs', 'stubborn', '-n', 'tight', '--overwrite', `example.com/nudge=${text}`]);
    const names = new Set<string>();
    for (let round = 0; round < 12; round++) {
      await whenClockShows(Date.now() + 1_100);
      const before = await refusals();
      await nudge(String(round));
      await hostport.eventually(refusals, (count) => count > before, 'it has tried once more');
      if (round <= 6) for (const { holder } of await claimsOf(hostport, 'tight/')) names.add(holder.name);
    }
    const newer = (await claimsOf(hostport, 'tight/')).filter(({ holder }) => !names.has(holder.name));
    // Each manager remembers what it has seen itself.
    expect(newer.length).toBeLessThanOrEqual(2);

    const patch = '{"spec":{"hard":{"pods":"9"}}}';
    await hostport.kubectl(['patch', 'resourcequota', 'few', '-n', 'tight', '--type=merge', '-p', patch]);
    // By itself it would try again only after a while, which has grown.
    const isThere = async (): Promise<number> => {
      await nudge('now');
      await nudge('and-now');
      return (await claimsOf(hostport, 'tight/')).filter(({ state }) => state === 'held').length;
    };
    await hostport.eventually(isThere, (count) => count === 3, 'all three pods have their numbers', 60_000);
  }, 180_000);
});

describe('by Pod Security', () => {
  test.each(['baseline', 'restricted'])(
    '%s is told by us, naming the label, and nothing is reserved',
    async (level) => {
      const namespace = `secure-${level}`;
      await makeNamespaceWithAccount(hostport, namespace, { [ENFORCE]: level });
      const said = await refused(podOf('web', { namespace }));
      expect(said).toContain('admission webhook "pods.hostport.io" denied the request');
      expect(said).toContain(`${ENFORCE}=${level}, which forbids host ports, and port "http" needs one`);
      expect(said).toContain(`label it ${ENFORCE}=privileged`);
      expect(await claimsOf(hostport, `${namespace}/`)).toEqual([]);
    },
  );

  test('so is a namespace that was labelled while pods of it have ports, which keep them', async () => {
    await makeNamespaceWithAccount(hostport, 'tightened');
    await create(hostport, podOf('early', { namespace: 'tightened' }));
    const before = await whenHeld(hostport, 'tightened/early', 1);
    await hostport.kubectl(['label', 'namespace', 'tightened', `${ENFORCE}=baseline`]);
    const attempt = (): Promise<Run> => post(podOf('late', { namespace: 'tightened' }));
    // The API server may know of the label before we do, and refuses in its own words then.
    const isTold = ({ code, stderr }: Run): boolean => code !== 0 && stderr.includes(`${ENFORCE}=baseline`);
    await hostport.eventually(attempt, isTold, 'the label counts');
    expect(await numbersUnder(hostport, 'tightened/early')).toEqual(before);
  });

  test('what is told to others alone, a port of its own network, is let in', async () => {
    await makeNamespaceWithAccount(hostport, 'inside', { [ENFORCE]: 'baseline' });
    const text = JSON.stringify({ allocations: [{ name: 'rpc', env: 'RPC_PORT' }] });
    const settings = { 'port-allocator': text };
    const pod = await create(hostport, podOf('web', { namespace: 'inside', settings }));
    expect(await numbersUnder(hostport, 'inside/web')).toEqual([assignedTo(pod)['rpc']]);
  });

  test('another rule may refuse a pod behind us: its number is reserved until its time is over', async () => {
    await makeNamespaceWithAccount(hostport, 'privileged', { [ENFORCE]: 'privileged' });
    const said = await refused(podOf('broken', { namespace: 'privileged', spec: { restartPolicy: 'Sometimes' } }));
    expect(said).toContain('Unsupported value: "Sometimes"');
    expect(await claimsOf(hostport, 'privileged/broken')).toMatchObject([{ state: 'reserved' }]);
  });
});

describe.each(['Mutating', 'Validating'] as const)('by a later webhook (%s)', (kind) => {
  const namespace = `later-${kind.toLowerCase()}`;
  beforeAll(async () => makeNamespaceWithAccount(hostport, namespace));

  test('that says no, a number is reserved and no more', async () => {
    await using later = await startLater({ kind, namespace });
    later.verdict = 'refuse';
    expect(await refused(podOf('refused', { namespace }))).toContain('not on my watch');
    expect(await claimsOf(hostport, `${namespace}/refused`)).toMatchObject([{ state: 'reserved' }]);
  });

  test('that is too slow, a number is reserved and no more', async () => {
    await using later = await startLater({ kind, namespace, timeoutSeconds: 1 });
    const said = await refused(podOf('slow', { namespace }));
    expect(said).toContain('failed calling webhook "later.example.com"');
    expect(later.count).toBe(1);
    expect(await claimsOf(hostport, `${namespace}/slow`)).toMatchObject([{ state: 'reserved' }]);
  });

  test('that lets it in after all, the number is the pod’s', async () => {
    await using later = await startLater({ kind, namespace });
    const running = post(podOf('patient', { namespace }));
    const pending = await later.next();
    const [reserved] = await claimsOf(hostport, `${namespace}/patient`);
    expect(reserved).toMatchObject({ state: 'reserved' });
    pending.answer('allow');
    expect(await running).toMatchObject({ code: 0 });
    expect(Object.values(assignedTo(await podNamed(hostport, 'patient', namespace)))).toEqual([reserved?.number]);
    expect(await whenHeld(hostport, `${namespace}/patient`, 1)).toEqual([reserved?.number]);
  });
});

test('a later webhook that adds a container has us asked again: the first port keeps its number', async () => {
  const namespace = 'sidecars';
  await makeNamespaceWithAccount(hostport, namespace);
  await using later = await startLater({ kind: 'Mutating', namespace });
  const running = post(podOf('web', { namespace }));
  const pending = await later.next();
  const [first] = await claimsOf(hostport, `${namespace}/web`);
  pending.answer('addSidecar');
  expect(await running).toMatchObject({ code: 0 });
  const told = assignedTo(await podNamed(hostport, 'web', namespace));
  expect(Object.keys(told).sort()).toEqual(['http', 'proxy']);
  expect(told['http']).toBe(first?.number);
  expect(await whenHeld(hostport, `${namespace}/web`, 2)).toEqual(Object.values(told).sort());
});

describe('a create that lands late', () => {
  const settings = { ...ENABLED, pool: 'two' };
  const ports = [HTTP, { name: 'grpc', containerPort: 9090 }];

  test('has its numbers to itself, whoever wants them meanwhile', async () => {
    const namespace = 'late';
    await makeNamespaceWithAccount(hostport, namespace);
    await hostport.objects.createPool('two', { ranges: ['19500-19501'], cooldown: '0s' });
    await using later = await startLater({ kind: 'Validating', namespace });
    const running = post(podOf('slow', { namespace, settings, ports }));
    const pending = await later.next();
    await whenClockShows(Date.now() + (LIFE - 3) * 1_000);
    expect(await refused(podOf('quick', { settings }))).toContain('PoolExhausted');
    pending.answer('allow');
    expect(await running).toMatchObject({ code: 0 });
    expect(await refused(podOf('quick', { settings }))).toContain('PoolExhausted');
    expect(await whenHeld(hostport, `${namespace}/slow`, 2)).toEqual([19_500, 19_501]);
  });

  test('and is the second try of one that was refused has them, too, when the first try’s time is over', async () => {
    const namespace = 'again';
    await makeNamespaceWithAccount(hostport, namespace);
    await using later = await startLater({ kind: 'Validating', namespace });
    later.verdict = 'refuse';
    await refused(podOf('slow', { namespace }));
    const [claim] = await claimsOf(hostport, `${namespace}/slow`);
    later.verdict = undefined;
    // The sweep has looked once by then, and looks again 5 s later.
    await whenClockShows((claim?.time ?? 0) * 1_000 + 1_200);
    const running = post(podOf('slow', { namespace }));
    const pending = await later.next();
    await whenClockShows(Date.now() + 6_000);
    const [again] = await claimsOf(hostport, `${namespace}/slow`);
    expect(again).toMatchObject({ state: 'reserved', number: claim?.number });
    // The first try may have come through after all: what becomes of that pod is nothing to this one.
    expect(again?.holder.uid).not.toBe(claim?.holder.uid);
    pending.answer('allow');
    expect(await running).toMatchObject({ code: 0 });
    const told = Object.values(assignedTo(await podNamed(hostport, 'slow', namespace)));
    expect(await whenHeld(hostport, `${namespace}/slow`, 1)).toEqual(told);
  });
});

describe('at the end', () => {
  test('whatever was reserved for pods that never came is free, and doesn’t cool', async () => {
    for (const prefix of ['full/', 'privileged/', 'later-mutating/refused', 'later-validating/refused'])
      await whenFree(hostport, prefix, FREE_AGAIN_MS);
    for (const prefix of ['later-mutating/slow', 'later-validating/slow', 'tightened/late'])
      await whenFree(hostport, prefix, FREE_AGAIN_MS);
    await hostport.eventually(
      () => numbersUnder(hostport, 'tight/'),
      ({ length }) => length === 3,
      'what the ReplicaSet had reserved beyond its pods is free',
      FREE_AGAIN_MS,
    );
    const reserved = (await claimsOf(hostport)).filter(({ state }) => state === 'reserved');
    expect(reserved).toEqual([]);
  });

  test('no number was anybody else’s while a pod could use it', async () => {
    expect(await witness.faults()).toEqual([]);
    expect((await hostport.recorder.verdict()).faults).toEqual([]);
  });
});
