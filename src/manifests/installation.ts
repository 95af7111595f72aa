import { annotations, customResourceDefinition, customResourceDefinitions, PortPools } from '../api/index.ts';
import type { CustomResourceDefinition } from '../api/index.ts';
import { bindingPolicy } from './binding-policy.ts';
import { frozenKeysPolicy } from './frozen-keys-policy.ts';
import { managerAccess, roomAccess } from './manager-access.ts';
import { managerFairness } from './manager-fairness.ts';
import { managerDeployment, managerDisruptionBudget, managerNetworkPolicy, managerQuota } from './manager-workload.ts';
import type { Manifest } from './manifest.ts';
import { agentAccess, agentDaemonSet } from './node-agent.ts';
import { optedInPolicy } from './opted-in-policy.ts';
import { podPolicyManifests } from './policy.ts';
import { userRoles } from './user-roles.ts';
import { podWebhook, roleInstanceSetWebhook, webhookService } from './webhooks.ts';
import type { WebhookAddress } from './webhooks.ts';

const { metadata: portPool } = customResourceDefinition(PortPools);

/**
 * The CRDs as part of an installation whose ledger is in `namespace`, which the CRD of PortPool records. CRDs that are
 * applied alone, from `crds/`, don't name it, so that a newer version of them doesn't move the ledger.
 */
export function installedDefinitions(namespace: string): readonly CustomResourceDefinition[] {
  return customResourceDefinitions().map((definition) =>
    definition.metadata.name === portPool.name
      ? { ...definition, metadata: { ...portPool, annotations: { [annotations.ledgerNamespace]: namespace } } }
      : definition,
  );
}

/** The rights of the managers and of users, and the managers' share of the API server's capacity. */
export function accessManifests(namespace: string): readonly Manifest[] {
  return [...managerAccess(namespace), ...roomAccess(namespace), ...userRoles, ...managerFairness(namespace)];
}

/** The policies by which the API server itself checks pods and Bindings, each with its binding. */
export function podPolicies(namespace: string): readonly Manifest[] {
  return [frozenKeysPolicy, bindingPolicy(namespace), optedInPolicy(namespace)].flatMap(podPolicyManifests);
}

/** The policies and webhooks for pods and sets, in the order in which they are applied: webhooks come last. */
export function admissionManifests(address: WebhookAddress): readonly Manifest[] {
  const webhooks = [podWebhook(address), roleInstanceSetWebhook(address)];
  return [webhookService(address.namespace), ...podPolicies(address.namespace), ...webhooks];
}

/** The node agents, which are optional: their rights, and their DaemonSet. */
export function agentManifests(namespace: string, image: string): readonly Manifest[] {
  return [...agentAccess(namespace), agentDaemonSet(namespace, image)];
}

/**
 * The managers' Deployment and what belongs to it. `install` leaves it to `config/`; `uninstall` removes it all the
 * same.
 */
export function managerManifests(namespace: string, image: string): readonly Manifest[] {
  const others = [managerDisruptionBudget, managerNetworkPolicy, managerQuota].map((part) => part(namespace));
  return [managerDeployment(namespace, image), ...others];
}
