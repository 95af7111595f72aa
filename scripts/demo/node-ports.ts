import { Pods } from '../../src/kube/index.ts';
import type { Pod } from '../../src/kube/index.ts';
import type { Theatre } from './cluster.ts';
import { insist } from './stage.ts';

/** How many pods `samples/node-deployment.yaml` makes: more than there are nodes. */
const PODS = 3;
const NUMBERS = ['media', 'http'] as const;
const ANNOTATION = 'hostport.io/allocated-';

/** Creates pods that take the numbers of the node that they come to, and shows that nodes have the same ones. */
export async function runOnNodes({ stage, hostport }: Theatre): Promise<void> {
  const { client, eventually, signal } = hostport;
  stage.heading('Ports of the node that a pod comes to, given when it is bound');
  await stage.type('kubectl label namespace default hostport.io/node-ports=enabled');
  await stage.type('kubectl apply -f samples/node-deployment.yaml');
  const read = async (): Promise<readonly Pod[]> =>
    (await client.list(Pods, { namespace: 'default', labelSelector: 'app=edge', signal })).items;
  const areUp = (pods: readonly Pod[]): boolean =>
    pods.length === PODS && pods.every(({ status }) => status?.phase === 'Running');
  const pods = await stage.wait('all pods run', eventually(read, areUp, 'all pods run', 60_000));
  const columns = NUMBERS.map((name) => `${name.toUpperCase()}:.metadata.annotations.hostport\\.io/allocated-${name}`);
  await stage.type(
    `kubectl get pods -l app=edge -o custom-columns='NAME:.metadata.name,NODE:.spec.nodeName,${columns.join(',')}'`,
  );
  const all = pods.flatMap(({ metadata, spec }) =>
    NUMBERS.map((name) => `${spec.nodeName ?? ''} ${metadata.annotations?.[ANNOTATION + name] ?? ''}`),
  );
  insist(new Set(all).size === NUMBERS.length * PODS, `pods have ${all.join(', ')}`);
  await stage.type(
    "kubectl get nodes -o custom-columns='NAME:.metadata.name,ROOM IN by-node:.status.allocatable.ports\\.hostport\\.io/by-node'",
  );
  stage.say(
    'Each number is once on a node, and again on the others. $HOSTPORT_HTTP reads the annotation; the scheduler',
  );
  stage.say('knows how much room a node has, and takes the requests of its pods off by itself.');
}
