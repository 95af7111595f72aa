import { invariant } from '../base/result.ts';
import {
  apiVersionOf,
  ClusterRoleBindings,
  ClusterRoles,
  CustomResourceDefinitions,
  DaemonSets,
  Deployments,
  FlowSchemas,
  MutatingWebhookConfigurations,
  Namespaces,
  NetworkPolicies,
  PodDisruptionBudgets,
  PriorityLevelConfigurations,
  ResourceQuotas,
  RoleBindings,
  Roles,
  ServiceAccounts,
  Services,
  ValidatingAdmissionPolicies,
  ValidatingAdmissionPolicyBindings,
  ValidatingWebhookConfigurations,
} from '../kube/index.ts';
import {
  agentAccess,
  agentDaemonSet,
  managerAccess,
  managerDeployment,
  managerDisruptionBudget,
  managerFairness,
  managerNetworkPolicy,
  managerQuota,
  podPolicies,
  podWebhook,
  roleInstanceSetWebhook,
  roomAccess,
  userRoles,
  webhookService,
} from '../manifests/index.ts';
import type { ObjectKey, ResourceType } from '../kube/index.ts';
import type { Manifest, WebhookAddress } from '../manifests/index.ts';
import { PortPools } from '../api/index.ts';

const types: readonly ResourceType[] = [
  Namespaces,
  CustomResourceDefinitions,
  ServiceAccounts,
  ClusterRoles,
  ClusterRoleBindings,
  Roles,
  RoleBindings,
  Deployments,
  DaemonSets,
  PodDisruptionBudgets,
  NetworkPolicies,
  ResourceQuotas,
  PriorityLevelConfigurations,
  FlowSchemas,
  Services,
  ValidatingAdmissionPolicies,
  ValidatingAdmissionPolicyBindings,
  MutatingWebhookConfigurations,
  ValidatingWebhookConfigurations,
  PortPools,
].map((type) => type as ResourceType);

/** What an object needs to be found: manifests and definitions have it. */
type Named = Pick<Manifest, 'apiVersion' | 'kind' | 'metadata'>;

/** Where the kind of a manifest is served. */
export function typeOf({ apiVersion, kind }: Named): ResourceType {
  const type = types.find((candidate) => candidate.kind === kind && apiVersionOf(candidate) === apiVersion);
  invariant(type, `no resource type for ${apiVersion} ${kind}`);
  return type;
}

/** Which object a manifest is of. */
export function keyOfManifest({ metadata: { name, namespace } }: Named): ObjectKey {
  return { name, namespace };
}

/** How a line of output calls it: `role/hostport-manager`. */
export function titleOf({ kind, metadata }: Named): string {
  return `${kind.toLowerCase()}/${metadata.name}`;
}

/** Who may do what: the managers, and people; and the seats of the managers in the API server. */
export function access(namespace: string): readonly Manifest[] {
  return [...managerAccess(namespace), ...roomAccess(namespace), ...userRoles, ...managerFairness(namespace)];
}

/** What the API server asks of pods and sets, in the order in which it is put there: webhooks come last. */
export function admission(address: WebhookAddress): readonly Manifest[] {
  const webhooks = [podWebhook(address), roleInstanceSetWebhook(address)];
  return [webhookService(address.namespace), ...podPolicies(address.namespace), ...webhooks];
}

/** The node agents, for those who want them: what they may do, and what runs them. */
export function nodeAgent(namespace: string): readonly Manifest[] {
  return [...agentAccess(namespace), agentDaemonSet(namespace)];
}

/** What runs the managers inside the cluster. `install` leaves that to `config/`; `uninstall` takes it away all the same. */
export function workload(namespace: string): readonly Manifest[] {
  const parts = [managerDeployment, managerDisruptionBudget, managerNetworkPolicy, managerQuota];
  return parts.map((part) => part(namespace));
}
