/** What a container declares. */
export interface Port {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly protocol?: 'TCP' | 'UDP';
}

/** A pod, or the pods of a workload. What is left out is as plain as can be. */
export interface Asked {
  /** Settings by what comes after `hostport.io/`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Annotations by their whole keys, beside the settings. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: `http`. */
  readonly ports?: readonly Port[];
  readonly namespace?: string;
  /** Of the pod. */
  readonly spec?: object;
  /** Of the container. */
  readonly container?: object;
}

/** Any manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The kinds that make pods for as long as they are there. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet';

/** What makes a pod ask for ports. */
export const ENABLED = { enabled: 'true' };

/** A port that is called `http`. */
export const HTTP: Port = { name: 'http', containerPort: 8080 };

/** A pod that asks, unless its settings say otherwise. */
export function podOf(name: string, asked: Asked = {}): Manifest {
  const { metadata, spec } = template(asked);
  const named = { ...metadata, name, namespace: asked.namespace ?? 'default' };
  return { apiVersion: 'v1', kind: 'Pod', metadata: named, spec };
}

/** A workload whose pods are labelled `app: <name>`. */
export function workloadOf(kind: WorkloadKind, name: string, replicas: number, asked: Asked = {}): Manifest {
  const labels = { app: name };
  const { metadata, spec } = template(asked);
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: asked.namespace ?? 'default' },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name, podManagementPolicy: 'Parallel' } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { ...metadata, labels }, spec },
    },
  };
}

/** A Job whose pods are labelled `app: <name>`. */
export function jobOf(name: string, asked: Asked = {}): Manifest {
  const { metadata, spec } = template(asked);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: asked.namespace ?? 'default' },
    spec: {
      template: { metadata: { ...metadata, labels: { app: name } }, spec: { ...spec, restartPolicy: 'Never' } },
    },
  };
}

/** The text of a port allocator. */
export function allocatorOf(...allocations: readonly object[]): string {
  return JSON.stringify({ allocations });
}

function template({ settings = ENABLED, annotations = {}, ports = [HTTP], spec = {}, container = {} }: Asked): {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
} {
  const own = Object.entries(settings).map(([key, value]) => [`hostport.io/${key}`, value]);
  return {
    metadata: { annotations: { ...Object.fromEntries(own), ...annotations } as Readonly<Record<string, string>> },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      ...spec,
      containers: [{ name: 'server', image: 'game', ports, ...container }],
    },
  };
}
