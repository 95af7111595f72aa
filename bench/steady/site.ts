import { Namespaces } from '../../src/kube/index.ts';
import type { ClusterClient, Draft, Pod } from '../../src/kube/index.ts';
import { startControlPlane } from '../../test/support/control-plane/control-plane.ts';
import { UNTHROTTLED, connect } from '../cluster.ts';
import { NODES, Site as Lives } from '../lives/site.ts';
import { NAMESPACE, draftOf } from '../lives/workload.ts';
import { startPatcher } from '../patching/patcher.ts';
import { readPauses } from '../pauses.ts';
import type { Pauses } from '../pauses.ts';
import { PodWatch } from '../pod-watch.ts';

/** What answers when a pod is created. */
export type Way = 'Hostport' | 'patches only' | 'none';

/** Where pods of one way are created, and what they are. */
export interface Site {
  readonly client: ClusterClient;
  readonly draft: Draft<Pod>;
  /** Resolves when no pod is left, nor anything that was written about one. */
  settle(): Promise<void>;
  /** Of the managers, since the last call; none where there are none. */
  pauses(): Promise<Pauses | undefined>;
}

/** Two clusters with everything, one with Hostport and one with a webhook that only patches; `owned` ends them. */
export async function openSites(owned: AsyncDisposableStack): Promise<Readonly<Record<Way, Site>>> {
  const hostport = await openHostport(owned);
  const { client, pods } = await openPatched(owned);
  const other = { client, settle: () => pods.untilGone(), pauses: () => Promise.resolve(undefined) };
  return {
    Hostport: hostport,
    'patches only': { ...other, draft: draftOf('Stride') },
    none: { ...other, draft: draftOf('none') },
  };
}

async function openHostport(owned: AsyncDisposableStack): Promise<Site> {
  const site = await Lives.open(owned, 'steady');
  return {
    client: site.hostport.client,
    draft: draftOf('Stride'),
    async settle() {
      await site.pods.untilGone();
      await site.settle();
    },
    pauses: () => readPauses(site.hostport.managers),
  };
}

async function openPatched(
  owned: AsyncDisposableStack,
): Promise<{ readonly client: ClusterClient; readonly pods: PodWatch }> {
  const { kubeconfig } = owned.use(await startControlPlane({ nodes: NODES, ...UNTHROTTLED }));
  const { client } = owned.use(connect(kubeconfig));
  const { signal } = new AbortController();
  await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
  owned.use(await startPatcher(client, 'pods'));
  return { client, pods: await PodWatch.open(owned, client, NAMESPACE) };
}
