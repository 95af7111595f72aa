import { podAnnotations } from '../../../src/api/index.ts';
import { succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

/** A Deployment, StatefulSet, Job or pod as a person writes it. */
export interface Fleet {
  readonly name: string;
  readonly replicas: number;
  /** Of its pods. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Only nodes with this label take its pods. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

/** The ports of every pod: of one protocol, so that no pod fits in where another has all numbers of a pool. */
export const PORTS = [
  { name: 'game', containerPort: 7777, protocol: 'UDP' },
  { name: 'voice-rtp', containerPort: 5004, protocol: 'UDP' },
];

/** A StatefulSet replaces its pods one after the other. */
const ROLLOUT_SECONDS = 150;

/** The annotations that ask for ports of a pool. */
export function asking(pool: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { [podAnnotations.enabled]: 'true', [podAnnotations.pool]: pool, ...more };
}

/** One whose pods come and go in any order. */
export function deployment(fleet: Fleet): object {
  return workload('apps/v1', 'Deployment', fleet, { replicas: fleet.replicas, selector: selectorOf(fleet) });
}

/** One whose pods all come at once. */
export function statefulSet(fleet: Fleet): object {
  const set = { replicas: fleet.replicas, serviceName: fleet.name, podManagementPolicy: 'Parallel' };
  return workload('apps/v1', 'StatefulSet', fleet, { ...set, selector: selectorOf(fleet) });
}

/** One whose pods all run at once. */
export function job(fleet: Fleet): object {
  return workload('batch/v1', 'Job', fleet, { parallelism: fleet.replicas, completions: fleet.replicas }, 'Never');
}

/** Pods by themselves: `NAME-0` and so on. */
export function pods(fleet: Fleet): readonly object[] {
  const { metadata, spec } = template(fleet, 'Always');
  return Array.from({ length: fleet.replicas }, (_, at) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: `${fleet.name}-${at}`, namespace: 'default' },
    spec,
  }));
}

/** All of them in one file. */
export function listOf(items: readonly object[]): object {
  return { apiVersion: 'v1', kind: 'List', items };
}

/** Waits until each `kind/name` says that all its pods are there, are of its present template and are ready. */
export async function rolledOut(hostport: RunningHostport, names: readonly string[]): Promise<void> {
  const wait = (name: string): Promise<string> =>
    succeed(hostport.kubectl(['rollout', 'status', name, `--timeout=${ROLLOUT_SECONDS}s`]));
  await Promise.all(names.map(wait));
}

function workload(apiVersion: string, kind: string, fleet: Fleet, ...[spec, restartPolicy = 'Always']: WorkloadSpec) {
  const metadata = { name: fleet.name, namespace: 'default' };
  return { apiVersion, kind, metadata, spec: { ...spec, template: template(fleet, restartPolicy) } };
}

type WorkloadSpec = readonly [spec: object, restartPolicy?: string];

function selectorOf({ name }: Fleet): object {
  return { matchLabels: { app: name } };
}

function template({ name, annotations, nodeSelector = {} }: Fleet, restartPolicy: string) {
  return {
    metadata: { labels: { app: name }, annotations },
    spec: {
      restartPolicy,
      nodeSelector,
      terminationGracePeriodSeconds: 5,
      containers: [
        { name: 'server', image: 'registry.k8s.io/pause:3.10', ports: PORTS },
        { name: 'sidecar', image: 'registry.k8s.io/pause:3.10' },
      ],
    },
  };
}
