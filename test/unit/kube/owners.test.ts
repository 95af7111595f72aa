import { describe, expect, test } from '@jest/globals';
import { ApiError, OwnerChain } from '../../../src/kube/index.ts';
import type { ClusterClient, ControllerReference } from '../../../src/kube/index.ts';

const { signal } = new AbortController();
const reference = (kind: string, name: string, uid: string): ControllerReference => ({
  apiVersion: 'apps/v1',
  kind,
  name,
  uid,
});

/** Names that no object can have, and that would lead elsewhere in a path. */
const HOSTILE = ['.', '..', 'a/b', 'x y', 'Web', '', `x\n${'y'.repeat(300)}`];

const kinds = { 403: 'forbidden', 405: 'refused', 429: 'throttled', 503: 'unavailable', 0: 'unavailable' } as const;
const refusal = (code: number): ApiError =>
  new ApiError({ kind: kinds[code as keyof typeof kinds], code, reason: '', message: `answered ${code}`, request: '' });

/** The HTTP code that the API server answers instead of an object, by name. */
type Answers = Readonly<Record<string, number>>;

/** A cluster with one Deployment and its ReplicaSet in namespace arena, and what was requested from it. */
function cluster(answers: Answers = {}): { readonly chain: OwnerChain; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const objects: Readonly<Record<string, object>> = {
    'arena/web-1': {
      metadata: { uid: 'rs', ownerReferences: [{ ...reference('Deployment', 'web', 'deploy'), controller: true }] },
    },
    'arena/egg': {
      metadata: { uid: 'egg', ownerReferences: [{ ...reference('ReplicaSet', 'hen', 'hen'), controller: true }] },
    },
    'arena/hen': {
      metadata: { uid: 'hen', ownerReferences: [{ ...reference('ReplicaSet', 'egg', 'egg'), controller: true }] },
    },
    'arena/web': { metadata: { uid: 'deploy' } },
    ...Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => {
        const above = { ...reference('ReplicaSet', `step-${at + 1}`, `s${at + 1}`), controller: true };
        return [`arena/step-${at}`, { metadata: { uid: `s${at}`, ownerReferences: at === 9 ? [] : [above] } }];
      }),
    ),
    ...Object.fromEntries(
      HOSTILE.map((name, at) => {
        const above = { ...reference('Deployment', name, 'u'), controller: true };
        return [`arena/hostile-${at}`, { metadata: { uid: 'h', ownerReferences: [above] } }];
      }),
    ),
  };
  const find = (_: unknown, { namespace, name }: { namespace: string; name: string }): Promise<object | undefined> => {
    asked.push(`${namespace}/${name}`);
    const code = answers[name];
    if (code !== undefined) return Promise.reject(refusal(code));
    return Promise.resolve(objects[`${namespace}/${name}`]);
  };
  return { chain: new OwnerChain({ find } as unknown as ClusterClient), asked };
}

test('the topmost controller is found, and asked after once', async () => {
  const { chain, asked } = cluster();
  const top = reference('Deployment', 'web', 'deploy');
  expect(await chain.topmost('arena', reference('ReplicaSet', 'web-1', 'rs'), signal)).toMatchObject(top);
  expect(await chain.topmost('arena', reference('ReplicaSet', 'web-1', 'rs'), signal)).toMatchObject(top);
  expect(asked).toEqual(['arena/web-1', 'arena/web']);
});

test.each<readonly [string, string, ControllerReference]>([
  ['from another namespace', 'elsewhere', reference('ReplicaSet', 'web-1', 'rs')],
  ['under another name', 'arena', reference('ReplicaSet', 'web-2', 'rs')],
  ['as another kind', 'arena', reference('StatefulSet', 'web-9', 'rs')],
  ['as a kind that nobody knows', 'arena', { ...reference('Rack', 'web-1', 'rs'), apiVersion: 'example.com/v1' }],
])('a UID that is known is not believed %s', async (_, namespace, forged) => {
  const { chain } = cluster();
  await chain.topmost('arena', reference('ReplicaSet', 'web-1', 'rs'), signal);
  expect(await chain.topmost(namespace, forged, signal)).toBeUndefined();
});

test('two that own each other have nobody above them, and are not followed for ever', async () => {
  const { chain } = cluster();
  expect(await chain.topmost('arena', reference('ReplicaSet', 'egg', 'egg'), signal)).toBeUndefined();
});

test.each<readonly [number, string | undefined]>([
  [3, 'step-9'],
  [2, 'step-9'],
  [1, undefined],
  [0, undefined],
])('a chain of more than eight levels has no end: from step %i it is %s', async (first, end) => {
  const { chain } = cluster();
  const top = await chain.topmost('arena', reference('ReplicaSet', `step-${first}`, `s${first}`), signal);
  expect(top?.name).toBe(end);
});

test.each(HOSTILE.map((name, at) => [JSON.stringify(name), at] as const))(
  'nobody is asked after an owner called %s, and the one below it is the topmost',
  async (_, at) => {
    const { chain, asked } = cluster();
    const below = reference('ReplicaSet', `hostile-${at}`, 'h');
    expect(await chain.topmost('arena', below, signal)).toEqual({ ...below, isRead: true });
    expect(asked).toEqual([`arena/hostile-${at}`]);
  },
);

describe.each([403, 405])('an owner that the API server answers %i for', (code) => {
  test('is the topmost as the one below it names it, and is not said to be there', async () => {
    const { chain } = cluster({ web: code });
    const top = reference('Deployment', 'web', 'deploy');
    expect(await chain.topmost('arena', reference('ReplicaSet', 'web-1', 'rs'), signal)).toEqual({
      ...top,
      isRead: false,
    });
    expect(await chain.isThere('arena', top, signal)).toBe(false);
  });

  test('is read when that is allowed again', async () => {
    const answers: Record<string, number> = { 'web-1': code };
    const { chain } = cluster(answers);
    const own = reference('ReplicaSet', 'web-1', 'rs');
    expect(await chain.topmost('arena', own, signal)).toEqual({ ...own, isRead: false });
    delete answers['web-1'];
    const top = reference('Deployment', 'web', 'deploy');
    expect(await chain.topmost('arena', own, signal)).toEqual({ ...top, isRead: true });
  });
});

test.each([0, 429, 503])('what may be otherwise at the next try is an error, and no owner: %i', async (code) => {
  const { chain } = cluster({ web: code });
  const own = reference('ReplicaSet', 'web-1', 'rs');
  await expect(chain.topmost('arena', own, signal)).rejects.toThrow(`answered ${code}`);
  await expect(chain.isThere('arena', reference('Deployment', 'web', 'deploy'), signal)).rejects.toThrow(ApiError);
});

test('an object is there by all that it is named by', async () => {
  const { chain } = cluster();
  expect(await chain.isThere('arena', reference('Deployment', 'web', 'deploy'), signal)).toBe(true);
  expect(await chain.isThere('arena', reference('Deployment', 'web', 'other'), signal)).toBe(false);
  expect(await chain.isThere('elsewhere', reference('Deployment', 'web', 'deploy'), signal)).toBe(false);
});
