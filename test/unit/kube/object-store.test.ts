import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ConfigMap } from '../../../src/kube/index.ts';
import { ObjectStore } from '../../../src/kube/object-store.ts';
import { configMap } from './objects.ts';

let store: ObjectStore<ConfigMap>;

beforeEach(() => {
  store = new ObjectStore();
});

describe('an object that is put', () => {
  test('is new, then changed, then the same', () => {
    const [first, second] = [configMap('a', 1), configMap('a', 2)];
    expect(store.put(first)).toEqual([{ type: 'applied', object: first }]);
    expect(store.put(second)).toEqual([{ type: 'applied', object: second, previous: first }]);
    expect(store.put(configMap('a', 2))).toEqual([]);
  });

  test('never goes back to an older version', () => {
    store.put(configMap('a', 10));
    expect(store.put(configMap('a', 9))).toEqual([]);
    expect(store.get({ namespace: 'default', name: 'a' })?.metadata.resourceVersion).toBe('10');
  });

  test('with another UID is told as a deletion and a new object', () => {
    const [old, fresh] = [configMap('a', 1), configMap('a', 5, { uid: 'another' })];
    store.put(old);
    expect(store.put(fresh)).toEqual([
      { type: 'deleted', object: old },
      { type: 'applied', object: fresh },
    ]);
  });
});

describe('an object that is removed', () => {
  test('goes, and is told in its last state', () => {
    store.put(configMap('a', 1));
    expect(store.remove(configMap('a', 4))).toEqual([{ type: 'deleted', object: configMap('a', 4) }]);
    expect(store.size).toBe(0);
  });

  test('stays when a newer one of its name is here', () => {
    store.put(configMap('a', 5, { uid: 'another' }));
    expect(store.remove(configMap('a', 4))).toEqual([]);
    expect(store.size).toBe(1);
  });
});

describe('an object that is passed over', () => {
  test('is none, whether or not it was seen', () => {
    expect(store.passOver(configMap('a', 4))).toEqual([]);
    expect([store.size, store.newest]).toEqual([0, '4']);
  });

  test('takes out what was held of it, and is told as it is now', () => {
    store.put(configMap('a', 1));
    expect(store.passOver(configMap('a', 4))).toEqual([{ type: 'deleted', object: configMap('a', 4) }]);
    expect(store.size).toBe(0);
  });

  test('takes out whoever had its name before', () => {
    const old = configMap('a', 1);
    store.put(old);
    expect(store.passOver(configMap('a', 4, { uid: 'another' }))).toEqual([{ type: 'deleted', object: old }]);
  });

  test.each(['uid-of-a', 'another'])('leaves what is newer: %s', (uid) => {
    store.put(configMap('a', 5));
    expect(store.passOver(configMap('a', 4, { uid }))).toEqual([]);
    expect(store.size).toBe(1);
  });
});

describe('a list', () => {
  test('tells what vanished and what changed, and nothing of the rest', () => {
    for (const object of [configMap('same', 1), configMap('changed', 2), configMap('gone', 3)]) store.put(object);
    const changes = store.replaceAll([configMap('same', 1), configMap('changed', 6)], '7', store.newest);
    expect(changes).toEqual([
      { type: 'deleted', object: configMap('gone', 3) },
      { type: 'applied', object: configMap('changed', 6), previous: configMap('changed', 2) },
    ]);
  });

  test('leaves what was written after it', () => {
    store.see('5');
    const floor = store.newest;
    store.put(configMap('written-meanwhile', 9));
    expect(store.replaceAll([], '7', floor)).toEqual([]);
    expect(store.size).toBe(1);
  });

  test('is the truth when the storage went back', () => {
    store.put(configMap('a', 90));
    store.put(configMap('lost', 95));
    const changes = store.replaceAll([configMap('a', 40)], '50', store.newest);
    expect(changes).toEqual([
      { type: 'deleted', object: configMap('lost', 95) },
      { type: 'applied', object: configMap('a', 40) },
    ]);
    expect(store.newest).toBe('50');
  });
});

describe('an index', () => {
  const byOwner = (object: ConfigMap) => [object.metadata.labels?.['owner'] ?? 'nobody'];

  test('follows changes, and knows what was here before it', () => {
    store.put(configMap('a', 1, { labels: { owner: 'x' } }));
    store.addIndex('owner', byOwner);
    store.put(configMap('b', 2, { labels: { owner: 'x' } }));
    expect(store.byIndex('owner', 'x').map((one) => one.metadata.name)).toEqual(['a', 'b']);
    store.put(configMap('a', 3, { labels: { owner: 'y' } }));
    store.remove(configMap('b', 4));
    expect(store.byIndex('owner', 'x')).toEqual([]);
    expect(store.byIndex('owner', 'y')).toHaveLength(1);
  });

  test('must be known, and of one name only', () => {
    store.addIndex('owner', byOwner);
    expect(() => store.addIndex('owner', byOwner)).toThrow('there already');
    expect(() => store.byIndex('other', 'x')).toThrow('no index');
  });
});
