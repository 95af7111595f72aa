import { systemClock } from '../src/base/clock.ts';
import { systemRandom } from '../src/base/random.ts';
import { Connection, createClusterClient } from '../src/kube/index.ts';
import type { ClusterClient } from '../src/kube/index.ts';
import { startControlPlane } from '../test/support/control-plane/control-plane.ts';

/** The namespace of the ledger. */
export const NAMESPACE = 'hostport-system';

/** Lets Kubernetes' controllers and scheduler send more than they do in a second. */
export const UNTHROTTLED = { qps: 100_000, burst: 100_000 } as const;

/** A way to an API server. */
export interface Link extends AsyncDisposable {
  readonly kubeconfig: string;
  readonly client: ClusterClient;
}

/** Connects to the API server that `kubeconfig` names. */
export function connect(kubeconfig: string): Link {
  const connection = new Connection({ kubeconfig, clock: systemClock });
  const client = createClusterClient({ connection, clock: systemClock, random: systemRandom });
  return { kubeconfig, client, [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() };
}

/**
 * An API server, its etcd, and of Kubernetes' controllers those that delete the record of a pod that is gone and make accounts.
 * Nothing runs pods.
 */
export const BARE_CLUSTER = {
  extraControllerManagerArgs: ['--controllers=garbage-collector-controller,serviceaccount-controller'],
  disableAdmissionPlugins: ['ServiceAccount'],
  scheduler: false,
  kwok: false,
  ...UNTHROTTLED,
} as const;

/** A bare cluster with the flags of the tests and `nodes` that nothing runs on. */
export async function startCluster(nodes = 0): Promise<Link> {
  const owned = new AsyncDisposableStack();
  const { kubeconfig } = owned.use(await startControlPlane({ ...BARE_CLUSTER, nodes }));
  const { client } = owned.use(connect(kubeconfig));
  return { kubeconfig, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
