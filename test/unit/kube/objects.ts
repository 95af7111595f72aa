import type { ConfigMap, ObjectMeta } from '../../../src/kube/index.ts';

/** A ConfigMap in a given version, as the API server would show it. */
export function configMap(name: string, version: number, meta: Partial<ObjectMeta> = {}): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace: 'default',
      name,
      uid: `uid-of-${name}`,
      resourceVersion: String(version),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...meta,
    },
  };
}
