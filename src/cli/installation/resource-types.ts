import { PortPools } from '../../api/index.ts';
import { invariant } from '../../base/result.ts';
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
} from '../../kube/index.ts';
import type { ObjectKey, ResourceType } from '../../kube/index.ts';
import type { Manifest } from '../../manifests/index.ts';

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
