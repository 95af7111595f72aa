import { join } from 'node:path';
import { GROUP } from '../../src/api/index.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import type { Lifetime } from '../../src/base/lifetime.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Connection, createClusterClient } from '../../src/kube/index.ts';
import type { ClusterClient } from '../../src/kube/index.ts';
import type { RunningHostport } from '../support/hostport/hostport.ts';
import { writeAccountKubeconfig } from '../support/hostport/service-account.ts';

/** Somebody with rights in one namespace. */
export interface Tenant {
  readonly namespace: string;
  /** Not patient, and without a second try: it says what it was told. */
  readonly client: ClusterClient;
}

const ACCOUNT = 'tenant';

/** What a person with the role `edit` may do there, as far as it concerns us. */
const rules = [
  { apiGroups: [''], resources: ['pods', 'services'], verbs: ['*'] },
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['*'] },
  { apiGroups: [GROUP], resources: ['portallocations', 'roleinstancesets'], verbs: ['*'] },
];

/** Makes a namespace, and an account that may do there what tenants may, and nothing elsewhere. */
export async function makeTenant(
  hostport: RunningHostport,
  namespace: string,
  place: { readonly folder: string; readonly lifetime: Lifetime },
): Promise<Tenant> {
  const metadata = { name: ACCOUNT, namespace };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: ACCOUNT };
  const subjects = [{ kind: 'ServiceAccount', name: ACCOUNT, namespace }];
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata };
  for (const object of [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { ...rbac, kind: 'Role', rules },
    { ...rbac, kind: 'RoleBinding', roleRef, subjects },
  ])
    await hostport.apply(object);
  const read = () => hostport.kubectl(['get', 'sa', 'default', '-n', namespace]);
  await hostport.eventually(read, ({ code }) => code === 0, `the default account of ${namespace}`);
  const path = join(place.folder, namespace);
  const { client, plane: access, signal } = hostport;
  await writeAccountKubeconfig({ client, access, namespace, path, signal, account: ACCOUNT });
  return { namespace, client: clientOf(path, place.lifetime) };
}

/** A client that goes with `lifetime`. */
export function clientOf(kubeconfig: string, lifetime: Lifetime): ClusterClient {
  const connection = lifetime.own(new Connection({ kubeconfig, clock }));
  return createClusterClient({ connection, clock, random: systemRandom });
}
