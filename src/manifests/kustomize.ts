import { customResourceDefinitions, DEFAULT_NAMESPACE } from '../api/index.ts';
import type { CustomResourceDefinition } from '../api/index.ts';
import { installedDefinitions, podPolicies } from './installation.ts';
import { managerAccess, roomAccess } from './manager-access.ts';
import { managerFairness } from './manager-fairness.ts';
import {
  managerDeployment,
  managerDisruptionBudget,
  managerNetworkPolicy,
  managerQuota,
  namespaceManifest,
  podSecurity,
} from './manager-workload.ts';
import type { Manifest } from './manifest.ts';
import { agentAccess, agentDaemonSet } from './node-agent.ts';
import { shippedPools } from './pools.ts';
import { userRoles } from './user-roles.ts';
import { podWebhook, roleInstanceSetWebhook, webhookService } from './webhooks.ts';

/** Generated files of the work tree: path to documents. */
type GeneratedFiles = ReadonlyMap<string, readonly object[]>;

/** Everything in `crds/` and `config/`, for managers and agents of `image`. */
export function generatedFiles(image: string): GeneratedFiles {
  return new Map<string, readonly object[]>([
    ...Object.entries(filesOf(customResourceDefinitions())).map(
      ([name, documents]) => [`crds/${name}`, documents] as const,
    ),
    // A second time, because kustomize reads no file outside its folder, and because these belong to an installation.
    ...part('crd', filesOf(installedDefinitions(DEFAULT_NAMESPACE))),
    ...part('rbac', {
      'manager.yaml': managerAccess(DEFAULT_NAMESPACE),
      'room.yaml': roomAccess(DEFAULT_NAMESPACE),
      'users.yaml': userRoles,
    }),
    ...part('manager', {
      'namespace.yaml': [namespaceFor('restricted')],
      'fairness.yaml': managerFairness(DEFAULT_NAMESPACE),
      'quota.yaml': [managerQuota(DEFAULT_NAMESPACE)],
      'deployment.yaml': [managerDeployment(DEFAULT_NAMESPACE, image)],
    }),
    ...part('pools', Object.fromEntries(shippedPools.map((pool) => [`${pool.metadata.name}.yaml`, [pool]]))),
    ...part('webhook', {
      'service.yaml': [webhookService(DEFAULT_NAMESPACE)],
      'policies.yaml': podPolicies(DEFAULT_NAMESPACE),
      'webhook.yaml': [podWebhook, roleInstanceSetWebhook].map((webhook) => webhook({ namespace: DEFAULT_NAMESPACE })),
    }),
    ...part('network-policy', { 'network-policy.yaml': [managerNetworkPolicy(DEFAULT_NAMESPACE)] }),
    ...part('pod-disruption-budget', { 'pod-disruption-budget.yaml': [managerDisruptionBudget(DEFAULT_NAMESPACE)] }),
    // Optional: `default` doesn't include it.
    ...part('node-agent', {
      'access.yaml': agentAccess(DEFAULT_NAMESPACE),
      'daemon-set.yaml': [agentDaemonSet(DEFAULT_NAMESPACE, image)],
    }),
    ['config/default/kustomization.yaml', [kustomization(parts.map((name) => `../${name}`))]],
    [
      'config/with-node-agents/kustomization.yaml',
      [
        {
          ...kustomization(['../default', '../node-agent']),
          // Agents use the host network.
          patches: [{ patch: JSON.stringify(namespaceFor('privileged')) }],
        },
      ],
    ],
  ]);
}

const parts = ['crd', 'rbac', 'manager', 'pools', 'webhook', 'network-policy', 'pod-disruption-budget'];

function filesOf(definitions: readonly CustomResourceDefinition[]): Readonly<Record<string, readonly object[]>> {
  return Object.fromEntries(definitions.map((crd) => [`${crd.spec.group}_${crd.spec.names.plural}.yaml`, [crd]]));
}

function namespaceFor(level: Parameters<typeof podSecurity>[0]): Manifest {
  const { metadata, ...rest } = namespaceManifest(DEFAULT_NAMESPACE);
  return { ...rest, metadata: { ...metadata, labels: { ...metadata.labels, ...podSecurity(level) } } };
}

/** One folder of `config/`. */
function part(folder: string, files: Readonly<Record<string, readonly object[]>>): [string, readonly object[]][] {
  return Object.entries({ ...files, 'kustomization.yaml': [kustomization(Object.keys(files))] }).map(
    ([name, documents]) => [`config/${folder}/${name}`, documents],
  );
}

function kustomization(resources: readonly string[]): object {
  return { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources };
}
