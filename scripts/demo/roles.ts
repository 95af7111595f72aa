import { Pods } from '../../src/kube/index.ts';
import type { Pod } from '../../src/kube/index.ts';
import type { Theatre } from './cluster.ts';
import { insist } from './stage.ts';

const NAMESPACE = 'llm';
/** How many pods `samples/role-prefill.yaml` makes. */
const PODS = 6;
/** What a pod's process reads: its own number, the one that its role shares, and that of the leader beside it. */
const VARIABLES = ['GRPC_PORT', 'HTTP_PORT', 'LEADER_PORT'] as const;

/** Creates a RoleInstanceSet, shows that workers are told the number of their own leader, and deletes it. */
export async function runRoles({ stage, hostport }: Theatre): Promise<void> {
  const { client, eventually, kubectl, signal } = hostport;
  stage.heading('Ports for a leader and its workers: a RoleInstanceSet');
  await stage.type(`kubectl create namespace ${NAMESPACE}`);
  await stage.type("sed -n '/components:/,$p' samples/role-prefill.yaml");
  await stage.type(`kubectl -n ${NAMESPACE} apply -f samples/role-prefill.yaml`);
  const isReady = async (): Promise<boolean> => {
    const { stdout } = await kubectl(['-n', NAMESPACE, 'get', 'ris', 'prefill', '-o', 'jsonpath={.status}']);
    const status = (stdout === '' ? {} : JSON.parse(stdout)) as { readonly readyReplicas?: number };
    return status.readyReplicas === 2;
  };
  await stage.wait('both instances are ready', eventually(isReady, Boolean, 'both instances are ready', 60_000));
  await stage.type(`kubectl -n ${NAMESPACE} get ris,ri,pods,portallocations`);
  const columns = VARIABLES.map((name) => `${name}:.spec.containers[0].env[?(@.name=="${name}")].value`);
  await stage.type(`kubectl -n ${NAMESPACE} get pods -o custom-columns='NAME:.metadata.name,${columns.join(',')}'`);

  const pods = (await client.list(Pods, { namespace: NAMESPACE, signal })).items;
  insist(pods.length === PODS, `there are ${pods.length} pods of "prefill"`);
  for (const instance of ['prefill-0', 'prefill-1']) {
    const own = pods.filter(({ metadata }) => metadata.name.startsWith(instance));
    const leader = own.find(({ metadata }) => metadata.name === `${instance}-leader-0`);
    const told = own.flatMap((pod) => valueOf(pod, 'LEADER_PORT') ?? []);
    const number = valueOf(leader, 'GRPC_PORT');
    insist(told.length === 2 && told.every((each) => each === number), `${instance}: ${number ?? ''}, ${told.join()}`);
  }
  stage.say(
    'Each leader has a number of its own, which the workers of its instance are told; HTTP_PORT is one for all.\n',
  );

  await stage.type(`kubectl -n ${NAMESPACE} delete ris prefill --wait=false`);
  stage.say('Its numbers come back when its last pod has gone; that is looked at in the end.');
}

function valueOf(pod: Pod | undefined, variable: string): string | undefined {
  return pod?.spec.containers[0]?.env?.find(({ name }) => name === variable)?.value;
}
