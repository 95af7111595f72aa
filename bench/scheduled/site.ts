import type { Draft, Pod } from '../../src/kube/index.ts';
import { startControlPlane } from '../../test/support/control-plane/control-plane.ts';
import { startHostport } from '../../test/support/hostport/hostport.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { POOL, draftOf } from '../bindings/pod.ts';
import { LABELLED, PLAIN, makeNamespaces } from '../bindings/site.ts';
import { Callers } from '../callers.ts';
import { UNTHROTTLED } from '../cluster.ts';
import { settled } from '../manager/settled.ts';
import { withoutPorts } from '../match-pod.ts';
import { PodWatch } from '../pod-watch.ts';
import { profiled } from '../profile.ts';

/** On which the pods run. */
export const NODES = 50;
/** Who create pods at once, each one after the other. */
export const CALLERS = 32;

/** Which pods: of a Node pool, or on the host network without ports. */
export type Way = 'Node pool' | 'without ports';

/** Where pods of one way are created, and what they are. */
export interface Stand {
  readonly namespace: string;
  readonly draft: Draft<Pod>;
  readonly pods: PodWatch;
  /** Resolves when all is written that `pods` pods of it bring about. */
  settle(pods: number): Promise<void>;
}

/** A cluster with everything, in which pods of both ways are scheduled. */
export interface Site {
  readonly hostport: RunningHostport;
  readonly callers: Callers;
  readonly stands: Readonly<Record<Way, Stand>>;
}

/** With two managers, Kubernetes' controllers and scheduler, and kubelets that kwok plays. `owned` ends it. */
export async function openSite(owned: AsyncDisposableStack): Promise<Site> {
  const plane = owned.use(await startControlPlane({ nodes: NODES, ...UNTHROTTLED }));
  const hostport = owned.use(await startHostport({ plane, managers: 2, record: false, env: profiled('scheduled') }));
  const { client, objects } = hostport;
  await objects.createPool(POOL, { ranges: ['10000-10999'], scope: 'Node', cooldown: '0s' });
  await makeNamespaces(client);
  const stand = async (namespace: string, draft: Draft<Pod>, settle: Stand['settle']): Promise<Stand> => ({
    namespace,
    draft,
    pods: await PodWatch.open(owned, client, namespace),
    settle,
  });
  const settle = (pods: number): Promise<void> => settled(hostport, LABELLED, pods);
  const stands = {
    'Node pool': await stand(LABELLED, draftOf(LABELLED, true), settle),
    'without ports': await stand(PLAIN, withoutPorts(draftOf(PLAIN, false)), () => Promise.resolve()),
  };
  return { hostport, callers: owned.use(new Callers(plane.kubeconfig, CALLERS)), stands };
}
