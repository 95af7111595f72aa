import { API_VERSION } from '../../src/api/index.ts';
import { Namespaces } from '../../src/kube/index.ts';
import type { ClusterClient } from '../../src/kube/index.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { startCluster } from '../cluster.ts';
import { installHostport } from '../manager/plane.ts';
import { Creators } from './creators.ts';
import { startPatcher } from './patcher.ts';
import { NAMESPACE } from './pod.ts';

/** Room for two numbers of every pod that is ever there at once, clear of the node ports. */
const RANGES = ['10000-29999', '33000-65000'];
const PATIENCE_MS = 180_000;

/** A cluster in which pods are created. */
export interface Site {
  readonly creators: Creators;
  /** Resolves when everything is written that `pods` pods bring about. */
  settle(pods: number): Promise<void>;
}

/** A cluster with Hostport and one manager; `callers` as for {@link Creators}. `owned` ends it. */
export async function openHostport(owned: AsyncDisposableStack, callers: number): Promise<Site> {
  const hostport = await installHostport(owned, { managers: 1 });
  const { client, signal, plane, objects } = hostport;
  await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
  await objects.editPool('default', { ranges: RANGES, allowEphemeralOverlap: true, cooldown: '0s' });
  const creators = owned.use(new Creators(plane.kubeconfig, callers));
  return { creators, settle: (pods) => settled(hostport, pods) };
}

/** A cluster without Hostport, whose pods are patched by a webhook if they ask. */
export async function openPatched(owned: AsyncDisposableStack, callers: number): Promise<Site> {
  const { client, kubeconfig } = owned.use(await startCluster());
  const { signal } = new AbortController();
  await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
  owned.use(await startPatcher(client));
  const creators = owned.use(new Creators(kubeconfig, callers));
  return { creators, settle: () => Promise.resolve() };
}

/** Every pod has its record, and the ledger what the pods have. */
async function settled(hostport: RunningHostport, pods: number): Promise<void> {
  const records = (): Promise<number> => countRecords(hostport.client, hostport.signal);
  await hostport.eventually(records, (count) => count === pods, `${pods} pods have their records`, PATIENCE_MS);
  const held = async (): Promise<number> => (await hostport.holders()).length;
  await hostport.eventually(held, (count) => count === 2 * pods, `${2 * pods} numbers are held`, PATIENCE_MS);
}

async function countRecords(client: ClusterClient, signal: AbortSignal): Promise<number> {
  const text = await client.raw(`/apis/${API_VERSION}/namespaces/${NAMESPACE}/portallocations?limit=1`, { signal });
  const { items, metadata } = JSON.parse(text) as {
    readonly items: readonly unknown[];
    readonly metadata: { readonly remainingItemCount?: number };
  };
  return items.length + (metadata.remainingItemCount ?? 0);
}
