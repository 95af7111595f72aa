import { Namespaces } from '../../src/kube/index.ts';
import type { ClusterClient } from '../../src/kube/index.ts';
import { Callers } from '../callers.ts';
import { startCluster } from '../cluster.ts';
import { installHostport } from '../manager/plane.ts';
import { settled } from '../manager/settled.ts';
import { startPatcher } from '../patching/patcher.ts';
import { readPauses } from '../pauses.ts';
import type { Pauses } from '../pauses.ts';
import { NAMESPACE } from './pod.ts';

/** Room for two numbers of every pod that is ever there at once, clear of the node ports. */
const RANGES = ['10000-29999', '33000-65000'];
/** As many as there are: the quota is counted, as that of the shipped pool is, and refuses nobody. */
const MOST = 52_001;

/** A cluster in which pods are created. */
export interface Site {
  readonly callers: Callers;
  readonly client: ClusterClient;
  /** Resolves when everything is written that `pods` pods bring about. */
  settle(pods: number): Promise<void>;
  /** Of the manager, since the last call; none where there is none. */
  pauses(): Promise<Pauses | undefined>;
}

/** A cluster with Hostport and one manager; `callers` as for {@link Callers}. `owned` ends it. */
export async function openHostport(owned: AsyncDisposableStack, callers: number): Promise<Site> {
  const hostport = await installHostport(owned, { section: 'pods', managers: 1 });
  const { client, signal, plane, objects } = hostport;
  await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
  await objects.editPool('default', {
    ranges: RANGES,
    allowEphemeralOverlap: true,
    cooldown: '0s',
    maxPortsPerNamespace: MOST,
  });
  const by = owned.use(new Callers(plane.kubeconfig, callers));
  return {
    callers: by,
    client,
    settle: (pods) => settled(hostport, NAMESPACE, pods),
    pauses: () => readPauses(hostport.managers),
  };
}

/** A cluster without Hostport, whose pods are patched by a webhook if they ask. */
export async function openPatched(owned: AsyncDisposableStack, callers: number): Promise<Site> {
  const { client, kubeconfig } = owned.use(await startCluster());
  const { signal } = new AbortController();
  await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
  owned.use(await startPatcher(client, 'pods'));
  const by = owned.use(new Callers(kubeconfig, callers));
  return { callers: by, client, settle: () => Promise.resolve(), pauses: () => Promise.resolve(undefined) };
}
