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
import { DEFAULT_IMAGE } from './product.ts';
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

/** What is needed to find an object: manifests and CRDs have it. */
type Named = Pick<Manifest, 'apiVersion' | 'kind' | 'metadata'>;

/** The resource type of a manifest. */
export function typeOf({ apiVersion, kind }: Named): ResourceType {
  const type = types.find((candidate) => candidate.kind === kind && apiVersionOf(candidate) === apiVersion);
  invariant(type, `no resource type for ${apiVersion} ${kind}`);
  return type;
}

/** The key of the object of a manifest. */
export function keyOfManifest({ metadata: { name, namespace } }: Named): ObjectKey {
  return { name, namespace };
}

/** The name of an object in the output: `role/hostport-manager`. */
export function titleOf({ kind, metadata }: Named): string {
  return `${kind.toLowerCase()}/${metadata.name}`;
}

/** The rights of the managers and of users; and the managers' share of the API server's capacity. */
export function access(namespace: string): readonly Manifest[] {
  return [...managerAccess(namespace), ...roomAccess(namespace), ...userRoles, ...managerFairness(namespace)];
}

/** The policies and webhooks for pods and sets, in the order in which they are applied: webhooks come last. */
export function admission(address: WebhookAddress): readonly Manifest[] {
  const webhooks = [podWebhook(address), roleInstanceSetWebhook(address)];
  return [webhookService(address.namespace), ...podPolicies(address.namespace), ...webhooks];
}

/** The node agents, which are optional: their rights, and their DaemonSet. */
export function nodeAgent(namespace: string, image = DEFAULT_IMAGE): readonly Manifest[] {
  return [...agentAccess(namespace), agentDaemonSet(namespace, image)];
}

/**
 * The managers' Deployment and what belongs to it. `install` leaves it to `config/`; `uninstall` removes it all the
 * same.
 */
export function workload(namespace: string): readonly Manifest[] {
  const others = [managerDisruptionBudget, managerNetworkPolicy, managerQuota].map((part) => part(namespace));
  return [managerDeployment(namespace, DEFAULT_IMAGE), ...others];
}
