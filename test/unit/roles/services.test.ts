import { expect, test } from '@jest/globals';
import { missingServices } from '../../../src/roles/index.ts';

const owner = {
  apiVersion: 'hostport.io/v1alpha1',
  kind: 'RoleInstanceSet',
  name: 'prefill',
  uid: 'uid-now',
  controller: true,
  blockOwnerDeletion: false,
};

const components = [{ serviceName: 'shared' }, { serviceName: 'shared' }, {}];
const missing = (isThere: boolean) => missingServices({ namespace: 'default', owner }, components, () => isThere);

test('a Service that is named is made once, and finds every pod that names it, ready or not', () => {
  const labels = { 'hostport.io/service': 'shared' };
  expect(missing(false)).toEqual([
    {
      metadata: { name: 'shared', namespace: 'default', labels, ownerReferences: [owner] },
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: labels },
    },
  ]);
});

test('none is made where there is one, whoever wrote it', () => {
  expect(missing(true)).toEqual([]);
});
