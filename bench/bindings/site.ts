import { nodePortsLabel } from '../../src/api/index.ts';
import { Namespaces, Pods } from '../../src/kube/index.ts';
import type { ClusterClient, Pod } from '../../src/kube/index.ts';
import { Callers } from '../callers.ts';
import { startCluster } from '../cluster.ts';
import { installHostport } from '../manager/plane.ts';
import { settled } from '../manager/settled.ts';
import { startPatcher } from '../patching/patcher.ts';
import { readPauses } from '../pauses.ts';
import type { Pauses } from '../pauses.ts';
import { POOL, draftOf } from './pod.ts';
import { CALLERS, NODES } from './round.ts';

/** The namespace about whose bindings the webhook of the cluster is asked. */
export const LABELLED = 'arena';
/** The other one. */
export const PLAIN = 'office';

/** A cluster in which pods are bound. */
export interface Site {
  readonly callers: Callers;
  readonly client: ClusterClient;
  /** Resolves when everything is written that `pods` pods of the Node pool bring about. */
  settle(pods: number): Promise<void>;
  /** Of the manager, since the last call; none where there is none. */
  pauses(): Promise<Pauses | undefined>;
}

/** A cluster with Hostport, one manager and a pool of scope Node. `owned` ends it. */
export async function openHostport(owned: AsyncDisposableStack): Promise<Site> {
  const hostport = await installHostport(owned, { section: 'bindings', nodes: NODES, managers: 1 });
  const { client, plane, objects } = hostport;
  await objects.createPool(POOL, { ranges: ['10000-10999'], scope: 'Node', cooldown: '0s' });
  await makeNamespaces(client);
  const callers = owned.use(new Callers(plane.kubeconfig, CALLERS));
  const { managers } = hostport;
  return { callers, client, settle: (pods) => settled(hostport, LABELLED, pods), pauses: () => readPauses(managers) };
}

/** A cluster without Hostport, where a webhook patches the bindings of the labelled namespace. */
export async function openPatched(owned: AsyncDisposableStack): Promise<Site> {
  const { client, kubeconfig } = owned.use(await startCluster(NODES));
  await makeNamespaces(client);
  owned.use(await startPatcher(client, 'bindings'));
  const callers = owned.use(new Callers(kubeconfig, CALLERS));
  return { callers, client, settle: () => Promise.resolve(), pauses: () => Promise.resolve(undefined) };
}

/** A pod as Hostport's webhook lets it in. */
export async function promisedPod({ client }: Site): Promise<Pod> {
  const { signal } = new AbortController();
  const pod = await client.create(Pods, draftOf(LABELLED, true), { signal });
  const { namespace, name } = pod.metadata;
  await client.remove(Pods, { namespace, name }, { signal, gracePeriodSeconds: 0 });
  return pod;
}

/** Makes the namespace that is labelled and the one that isn't. */
export async function makeNamespaces(client: ClusterClient): Promise<void> {
  const { signal } = new AbortController();
  const labels = { [nodePortsLabel.key]: nodePortsLabel.value };
  await client.create(Namespaces, { metadata: { name: LABELLED, labels } }, { signal });
  await client.create(Namespaces, { metadata: { name: PLAIN } }, { signal });
}
