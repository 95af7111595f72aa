import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '../../../src/base/result.ts';
import { ConfigMaps, Leases, Nodes } from '../../../src/kube/index.ts';
import type { ResourceType } from '../../../src/kube/index.ts';
import { resourcePath } from '../../../src/kube/url.ts';

describe('the path of a resource', () => {
  test.each<[string, ResourceType, Parameters<typeof resourcePath>[1], string]>([
    ['all of a namespaced kind', ConfigMaps, {}, '/api/v1/configmaps'],
    ['those of one namespace', ConfigMaps, { namespace: 'a' }, '/api/v1/namespaces/a/configmaps'],
    ['one of them', ConfigMaps, { namespace: 'a', name: 'b' }, '/api/v1/namespaces/a/configmaps/b'],
    ['a kind of a group', Leases, { namespace: 'a', name: 'b' }, '/apis/coordination.k8s.io/v1/namespaces/a/leases/b'],
    ['a cluster-scoped object', Nodes, { name: 'n' }, '/api/v1/nodes/n'],
    ['a cluster-scoped object with a namespace too much', Nodes, { namespace: 'a', name: 'n' }, '/api/v1/nodes/n'],
    ['a subresource', Nodes, { name: 'n', subresource: 'status' }, '/api/v1/nodes/n/status'],
    ['a name with a colon', Nodes, { name: 'system:n' }, '/api/v1/nodes/system%3An'],
  ])('%s', (_, type, target, path) => {
    expect(resourcePath(type, target)).toBe(path);
  });

  test('one object of a namespaced kind needs its namespace', () => {
    expect(() => resourcePath(ConfigMaps, { name: 'b' })).toThrow(InvariantError);
  });
});
