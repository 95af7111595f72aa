import { MANAGER_NAME } from '../api/index.ts';
import { managerLabels, ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const METRICS_PORT = 8080;
const WEBHOOK_PORT = 9443;
const PRIORITY_CLASS = 'system-cluster-critical';

/** The name of the webhook port of the managers. */
export const WEBHOOK_PORT_NAME = 'webhook';

// A restart only helps a process that hangs, so liveness is patient; a manager that isn't ready gets no requests
// sooner.
const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
  httpGet: { path, port: 'metrics' },
  periodSeconds,
  failureThreshold,
  timeoutSeconds: 5,
});

const container = {
  name: 'manager',
  imagePullPolicy: 'IfNotPresent',
  args: [
    'manager',
    '--namespace=$(POD_NAMESPACE)',
    `--metrics-bind=0.0.0.0:${METRICS_PORT}`,
    `--webhook-bind=0.0.0.0:${WEBHOOK_PORT}`,
    '--leader-elect',
  ],
  env: [{ name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
  ports: [
    { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
    { name: WEBHOOK_PORT_NAME, containerPort: WEBHOOK_PORT, protocol: 'TCP' },
  ],
  livenessProbe: probe('/livez', 10, 6),
  readinessProbe: probe('/readyz', 5, 2),
  resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '768Mi' } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};

const podSpec = {
  serviceAccountName: MANAGER_NAME,
  // Long enough to finish pending writes and to give up the lease.
  terminationGracePeriodSeconds: 30,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  // A full node makes room for managers, and one under pressure evicts them last: without them no pod that asks for
  // ports is created.
  priorityClassName: PRIORITY_CLASS,
  // On two or more schedulable nodes the managers run on different ones; on a single node both run there.
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      nodeTaintsPolicy: 'Honor',
      labelSelector: { matchLabels: managerLabels },
      // Otherwise managers of the former version would be in the way of those of the next.
      matchLabelKeys: ['pod-template-hash'],
    },
  ],
};

/** The namespace of the managers, their ledger and their lease. */
export function namespaceManifest(namespace: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: ownLabels } };
}

/**
 * The Pod Security Standard of a namespace: the managers are `restricted`; node agents, on the host network, need
 * `privileged`.
 */
export function podSecurity(level: 'restricted' | 'privileged'): Readonly<Record<string, string>> {
  return { 'pod-security.kubernetes.io/enforce': level };
}

/** Two managers, on two nodes if there are two. */
export function managerDeployment(namespace: string, image: string): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: MANAGER_NAME, namespace, labels: { ...ownLabels, ...managerLabels } },
    spec: {
      replicas: 2,
      selector: { matchLabels: managerLabels },
      template: {
        metadata: { labels: { ...ownLabels, ...managerLabels } },
        spec: { ...podSpec, containers: [{ ...container, image }] },
      },
    },
  };
}

/** Some platforms allow pods of that priority outside `kube-system` only with a quota for them. */
export function managerQuota(namespace: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: MANAGER_NAME, namespace, labels: ownLabels },
    spec: {
      // Far more than ever run, also during a rollout.
      hard: { pods: '20' },
      scopeSelector: {
        matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: [PRIORITY_CLASS] }],
      },
    },
  };
}

/** One manager keeps running while nodes are drained. */
export function managerDisruptionBudget(namespace: string): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: MANAGER_NAME, namespace, labels: ownLabels },
    spec: { maxUnavailable: 1, selector: { matchLabels: managerLabels } },
  };
}

/**
 * The managers accept only probes, scrapes and webhook calls. Their own connections aren't restricted: the API server
 * may be anywhere.
 */
export function managerNetworkPolicy(namespace: string): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: MANAGER_NAME, namespace, labels: ownLabels },
    spec: {
      podSelector: { matchLabels: managerLabels },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [METRICS_PORT, WEBHOOK_PORT].map((port) => ({ protocol: 'TCP', port })) }],
    },
  };
}
