import { Pods } from '../../src/kube/index.ts';
import type { Pod } from '../../src/kube/index.ts';
import type { Theatre } from './cluster.ts';
import { insist } from './stage.ts';

/** How many pods `samples/workload-*.yaml` make. */
const PODS = 11;
/** What a person wants to see of a pod: its numbers where the scheduler sees them, and where its process does. */
const COLUMNS =
  'NAME:.metadata.name,HOST PORTS:.spec.containers[*].ports[*].hostPort,ENV:.spec.containers[*].env[*].name,VALUES:.spec.containers[*].env[*].value,NODE:.spec.nodeName,PHASE:.status.phase';

/** Creates annotated workloads, and shows that pods, environment and records have the same numbers. */
export async function runWorkloads({ stage, hostport }: Theatre): Promise<void> {
  const { client, eventually, objects, signal } = hostport;
  stage.heading('Ports by annotation: Deployment, StatefulSet, Job, and a pod by itself');
  await stage.type("sed -n '/template:/,$p' samples/workload-statefulset.yaml");
  await stage.type('for file in samples/workload-*.yaml; do kubectl apply -f $file; done');
  const read = async (): Promise<readonly Pod[]> => (await client.list(Pods, { namespace: 'default', signal })).items;
  const areUp = (pods: readonly Pod[]): boolean =>
    pods.length === PODS && pods.every(({ status }) => status?.phase === 'Running' || status?.phase === 'Succeeded');
  const pods = await stage.wait('all pods run', eventually(read, areUp, 'all pods run', 60_000));
  const recorded = pods.filter(({ metadata }) => /^(engine|relay|web)/.test(metadata.name));
  const records = recorded.map(({ metadata }) => objects.recorded(`pod-${metadata.name}`, 'default', 30_000));
  const given = await stage.wait('their records are written, after the burst', Promise.all(records));
  await stage.type(`kubectl get pods -o custom-columns='${COLUMNS}'`);
  await stage.type('kubectl get portallocations -A');

  for (const [at, pod] of recorded.entries()) {
    const numbers = given[at]?.spec.ports.map(({ port }) => port);
    const ports = pod.spec.containers.flatMap((container) => container.ports?.map(({ hostPort }) => hostPort) ?? []);
    const told = pod.spec.containers.flatMap((container) => container.env?.map(({ value }) => Number(value)) ?? []);
    const agree = numbers?.join() === ports.join() && ports.join() === told.join();
    insist(
      agree,
      `${pod.metadata.name}: record ${numbers?.join() ?? ''}, ports ${ports.join()}, environment ${told.join()}`,
    );
  }
  const engine = recorded.filter(({ metadata }) => metadata.name.startsWith('engine')).map(firstPort);
  insist(engine.toSorted().join() === '30558,30560', `the engines have ${engine.join()}`);
  stage.say(
    'Each pod has the same numbers in its spec, in its environment and in its record; engine-0 begins at 30558,',
  );
  stage.say(
    'engine-1 behind it. The Job is done, so its number is free again. "voice" has the number of a PortAllocation,',
  );
  stage.say('and "arena-0" the number of its ordinal, which the StatefulSet keeps.');
}

function firstPort({ spec }: Pod): number | undefined {
  return spec.containers[0]?.ports?.[0]?.hostPort;
}
