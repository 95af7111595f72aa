import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { ownedTemporaryFolder } from './folder.ts';
import { kubectlOf, succeed } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';
import type { RunningHostport } from './running-hostport.ts';
import { writeAccountKubeconfig } from './service-account.ts';

/** Somebody who has the rights of Kubernetes' own role `edit` in a namespace, and no others. */
export interface Tenant extends AsyncDisposable {
  readonly namespace: string;
  /** kubectl as the tenant, in the namespace. */
  readonly kubectl: Kubectl;
}

/** Makes `namespace` with a tenant, and waits until the tenant may write allocations. */
export async function startTenant(hostport: RunningHostport, namespace: string): Promise<Tenant> {
  const lifetime = new Lifetime('tenant');
  const { client, plane: access, signal } = hostport;
  await hostport.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'tenant', namespace } };
  await hostport.apply(account);
  const binding = ['create', 'rolebinding', 'tenant', '--clusterrole=edit', `--serviceaccount=${namespace}:tenant`];
  await succeed(hostport.kubectl([...binding, '-n', namespace]));
  const path = join(ownedTemporaryFolder(tmpdir(), 'hostport-tenant-', lifetime), 'kubeconfig');
  await writeAccountKubeconfig({ client, access, namespace, path, signal, account: 'tenant' });
  const plain = kubectlOf(path);
  const kubectl: Kubectl = (args, input) => plain(['-n', namespace, ...args], input);
  // Roles of ours are added to `edit` by a controller of Kubernetes, and pods need the account that they run as.
  const mayWrite = () => kubectl(['auth', 'can-i', 'create', 'portallocations.hostport.io']);
  await hostport.eventually(mayWrite, ({ code }) => code === 0, 'the tenant may write allocations');
  const hasAccount = () => hostport.kubectl(['get', 'sa', 'default', '-n', namespace]);
  await hostport.eventually(hasAccount, ({ code }) => code === 0, `the default account of ${namespace}`);
  return { namespace, kubectl, [Symbol.asyncDispose]: () => lifetime[Symbol.asyncDispose]() };
}
