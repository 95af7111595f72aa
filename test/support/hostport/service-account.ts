import { MANAGER_NAME } from '../../../src/api/index.ts';
import { ServiceAccounts } from '../../../src/kube/index.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';
import type { Access } from '../control-plane/api.ts';
import { writeKubeconfig } from '../control-plane/kubeconfig.ts';

/** No test lasts that long. */
const LIFE_SECONDS = 6 * 3600;

/** Writes a kubeconfig for the shipped service account of the managers: they have its rights, and no others. */
export async function writeManagerKubeconfig(options: {
  readonly client: ClusterClient;
  readonly access: Pick<Access, 'url' | 'caData'>;
  readonly namespace: string;
  readonly path: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { client, access, namespace, path, signal } = options;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: LIFE_SECONDS },
  };
  const key = { namespace, name: MANAGER_NAME };
  const answer = await client.createSubresource(ServiceAccounts, key, { subresource: 'token', body, signal });
  const { token } = answer['status'] as { readonly token: string };
  writeKubeconfig(path, { url: access.url, caData: access.caData, adminToken: token }, MANAGER_NAME);
}
