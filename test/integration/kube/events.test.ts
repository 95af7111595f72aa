import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { Events, Namespaces, startEventRecorder } from '../../../src/kube/index.ts';
import type { ClusterClient, EventNote, EventRecorder, EventSubject, KubeEvent } from '../../../src/kube/index.ts';
import { signal, startCluster, until } from './cluster.ts';
import type { TestCluster } from './cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const recorderOver = (client: ClusterClient = cluster.client): EventRecorder =>
  startEventRecorder({ client, clock: systemClock, logger: silentLogger, component: 'test', instance: 'here' });

async function eventsIn(namespace: string): Promise<readonly KubeEvent[]> {
  return (await cluster.client.list(Events, { namespace, signal })).items;
}

const note = (message = 'got 20001'): EventNote => ({ type: 'Normal', reason: 'Allocated', message });

function about(namespace: string | undefined): EventSubject {
  return {
    apiVersion: 'v1',
    kind: namespace ? 'Pod' : 'Node',
    name: 'game',
    uid: 'u',
    ...(namespace ? { namespace } : {}),
  };
}

describe('an event recorder', () => {
  test('writes before it ends', async () => {
    const namespace = await cluster.namespace();
    const recorder = recorderOver();
    recorder.record(about(namespace), note());
    await recorder[Symbol.asyncDispose]();
    expect(await eventsIn(namespace)).toEqual([
      expect.objectContaining({
        involvedObject: expect.objectContaining({ kind: 'Pod', name: 'game' }),
        type: 'Normal',
        reason: 'Allocated',
        message: 'got 20001',
        count: 1,
        reportingComponent: 'test',
      }),
    ]);
  });

  test('counts what is alike in one Event, and tells what differs apart', async () => {
    const namespace = await cluster.namespace();
    const recorder = recorderOver();
    for (let i = 0; i < 5; i++) {
      recorder.record(about(namespace), note());
      await until(async () => (await eventsIn(namespace)).some((event) => event.count === i + 1));
    }
    recorder.record(about(namespace), note('got 20002'));
    await recorder[Symbol.asyncDispose]();
    expect((await eventsIn(namespace)).map((event) => [event.message, event.count]).sort()).toEqual([
      ['got 20001', 5],
      ['got 20002', 1],
    ]);
  });

  test('makes a new Event when somebody deleted the first', async () => {
    const namespace = await cluster.namespace();
    const recorder = recorderOver();
    recorder.record(about(namespace), note());
    await until(async () => (await eventsIn(namespace)).length === 1);
    const [first] = await eventsIn(namespace);
    await cluster.client.remove(Events, { namespace, name: first?.metadata.name ?? '' }, { signal });
    recorder.record(about(namespace), note());
    await recorder[Symbol.asyncDispose]();
    expect(await eventsIn(namespace)).toEqual([expect.objectContaining({ count: 2 })]);
  });

  test('puts what regards no namespace in `default`', async () => {
    const recorder = recorderOver();
    recorder.record(about(undefined), note());
    await recorder[Symbol.asyncDispose]();
    expect(await eventsIn('default')).toContainEqual(expect.objectContaining({ reason: 'Allocated' }));
  });

  test('is silent about what cannot be written', async () => {
    const namespace = await cluster.namespace();
    await cluster.client.remove(Namespaces, { name: namespace }, { signal });
    const recorder = recorderOver();
    recorder.record(about(namespace), note());
    await recorder[Symbol.asyncDispose]();
    expect(await eventsIn(namespace)).toEqual([]);
  });

  test('ends although the API server does not answer', async () => {
    const { client, relay } = await cluster.relayed();
    const recorder = recorderOver(client);
    relay.silence(true);
    recorder.record(about('default'), note('never heard'));
    const began = systemClock.monotonic();
    await recorder[Symbol.asyncDispose]();
    expect(systemClock.monotonic() - began).toBeLessThan(5_000);
  });
});
