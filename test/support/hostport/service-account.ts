import { MANAGER_NAME } from '../../../src/api/index.ts';
import { ServiceAccounts } from '../../../src/kube/index.ts';
import type { ClusterClient, Pod } from '../../../src/kube/index.ts';
import type { Access } from '../control-plane/api.ts';
import { writeKubeconfig } from '../control-plane/kubeconfig.ts';

/** No test lasts that long. */
const LIFE_SECONDS = 6 * 3600;

/** Writes a kubeconfig for a shipped service account, the managers' unless told otherwise: it has its rights, and no others. */
export async function writeAccountKubeconfig(options: {
  readonly client: ClusterClient;
  readonly access: Pick<Access, 'url' | 'caData'>;
  readonly namespace: string;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly account?: string;
  /** The token says that it is of this pod, and which node that is on. */
  readonly pod?: Pod;
}): Promise<void> {
  const { client, access, namespace, path, signal, account = MANAGER_NAME, pod } = options;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: LIFE_SECONDS, ...(pod === undefined ? {} : { boundObjectRef: referenceTo(pod) }) },
  };
  const key = { namespace, name: account };
  const answer = await client.createSubresource(ServiceAccounts, key, { subresource: 'token', body, signal });
  const { token } = answer['status'] as { readonly token: string };
  writeKubeconfig(path, { url: access.url, caData: access.caData, adminToken: token }, account);
}

function referenceTo({ metadata: { name, uid } }: Pod): object {
  return { apiVersion: 'v1', kind: 'Pod', name, uid };
}
