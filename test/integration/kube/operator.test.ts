import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '../../../src/base/logger.ts';
import { ConfigMaps, FinalizerOperator } from '../../../src/kube/index.ts';
import type { ConfigMap } from '../../../src/kube/index.ts';
import { signal, startCluster } from './cluster.ts';
import type { TestCluster } from './cluster.ts';

const finalizer = 'example.com/release';
let cluster: TestCluster;
let operator: FinalizerOperator<ConfigMap>;
let namespace: string;
let released: string[];

beforeAll(async () => {
  cluster = await startCluster();
  operator = new FinalizerOperator(cluster.client, ConfigMaps, silentLogger);
});
afterAll(async () => cluster[Symbol.asyncDispose]());
beforeEach(async () => {
  namespace = await cluster.namespace();
  released = [];
});

const create = (finalizers: string[] = []) =>
  cluster.client.create(ConfigMaps, { metadata: { namespace, name: 'held', finalizers } }, { signal });
const read = () => cluster.client.find(ConfigMaps, { namespace, name: 'held' }, { signal });
const remove = () => cluster.client.remove(ConfigMaps, { namespace, name: 'held' }, { signal });
const release = async (object: ConfigMap) => void released.push(object.metadata.name);
const writes = () => cluster.reports.filter((report) => report.verb === 'patch').length;

async function deleting(finalizers: string[]): Promise<ConfigMap> {
  await create(finalizers);
  await remove();
  const object = await read();
  if (!object) throw new Error('the finalizer did not hold it');
  return object;
}

describe('ensuring a finalizer', () => {
  test('adds it to those of others, and leaves the object given alone', async () => {
    const object = await create(['example.com/other']);
    const now = await operator.ensureFinalizer(object, finalizer, signal);
    expect(now.metadata.finalizers).toEqual(['example.com/other', finalizer]);
    expect(object.metadata.finalizers).toEqual(['example.com/other']);
    expect(await read()).toEqual(now);
  });

  test('writes nothing when it is there', async () => {
    const object = await create([finalizer]);
    const before = writes();
    expect(await operator.ensureFinalizer(object, finalizer, signal)).toBe(object);
    expect(writes()).toBe(before);
  });

  test('refuses to overwrite what somebody else changed meanwhile', async () => {
    const object = await create();
    await operator.ensureFinalizer(object, 'example.com/other', signal);
    await expect(operator.ensureFinalizer(object, finalizer, signal)).rejects.toMatchObject({ kind: 'conflict' });
    expect((await read())?.metadata.finalizers).toEqual(['example.com/other']);
  });

  test('leaves an object alone that is being deleted', async () => {
    const object = await deleting(['example.com/other']);
    expect(await operator.ensureFinalizer(object, finalizer, signal)).toBe(object);
  });
});

describe('finalizing', () => {
  test('does nothing to an object that lives', async () => {
    const object = await create([finalizer]);
    expect(await operator.finalize(object, finalizer, release, signal)).toBe(false);
    expect(released).toEqual([]);
  });

  test('releases, and lets the object go', async () => {
    const object = await deleting([finalizer]);
    expect(await operator.finalize(object, finalizer, release, signal)).toBe(true);
    expect(released).toEqual(['held']);
    expect(await read()).toBeUndefined();
  });

  test('takes off its own finalizer alone', async () => {
    const object = await deleting(['example.com/other', finalizer]);
    await operator.finalize(object, finalizer, release, signal);
    expect((await read())?.metadata.finalizers).toEqual(['example.com/other']);
  });

  test('keeps the finalizer when the release fails, and says why', async () => {
    const object = await deleting([finalizer]);
    const failure = new Error('still held');
    await expect(operator.finalize(object, finalizer, () => Promise.reject(failure), signal)).rejects.toBe(failure);
    expect((await read())?.metadata.finalizers).toEqual([finalizer]);
  });

  test('is content when the object is gone already', async () => {
    const object = await deleting([finalizer]);
    await operator.finalize(object, finalizer, release, signal);
    expect(await operator.finalize(object, finalizer, release, signal)).toBe(true);
  });

  test('releases nothing for an object that never had the finalizer', async () => {
    const object = await deleting(['example.com/other']);
    expect(await operator.finalize(object, finalizer, release, signal)).toBe(true);
    expect(released).toEqual([]);
  });
});

describe('the base class', () => {
  test('is made without looking at a kubeconfig', () => {
    const before = process.env['KUBECONFIG'];
    process.env['KUBECONFIG'] = 'nowhere/kubeconfig';
    try {
      expect(() => new FinalizerOperator(cluster.client, ConfigMaps, silentLogger)).not.toThrow();
    } finally {
      if (before === undefined) delete process.env['KUBECONFIG'];
      else process.env['KUBECONFIG'] = before;
    }
  });
});
