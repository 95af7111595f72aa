import { expect, test } from '@jest/globals';
import { OwnerChain } from '../../../src/kube/index.ts';
import type { ClusterClient, ControllerReference } from '../../../src/kube/index.ts';

const { signal } = new AbortController();
const reference = (kind: string, name: string, uid: string): ControllerReference => ({
  apiVersion: 'apps/v1',
  kind,
  name,
  uid,
});

/** A cluster with one Deployment and its ReplicaSet, in namespace arena; and what was asked of it. */
function cluster(): { readonly chain: OwnerChain; readonly asked: readonly string[] } {
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
  };
  const find = (_: unknown, { namespace, name }: { namespace: string; name: string }): Promise<object | undefined> => {
    asked.push(`${namespace}/${name}`);
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
