/**
 * What `hostport install` applies, and what `config/` is generated from: one builder for both.
 *
 * Refuses: I/O, and any decision about what is in the cluster already.
 *
 * 1. The managers may write no ConfigMap, Lease or Secret outside their own namespace.
 * 2. Of a webhook configuration nothing says `caBundle` or makes up a path: those are the managers' fields.
 * 3. Everything bears the label of {@link ownLabelSelector}, except the CRDs, whose names are known.
 */
export { managerDeployment, managerDisruptionBudget, managerNetworkPolicy, managerQuota } from './deployment.ts';
export { installedDefinitions } from './definitions.ts';
export { generatedFiles } from './kustomize.ts';
export { managerAccess } from './manager-access.ts';
export { managerFairness } from './manager-fairness.ts';
export { agentAccess, agentDaemonSet } from './node-agent.ts';
export { ownLabelSelector } from './manifest.ts';
export { namespaceManifest, podSecurity } from './namespace.ts';
export { podPolicies } from './pod-policies.ts';
export { podWebhook, webhookService } from './pod-webhook.ts';
export { shippedPools } from './pools.ts';
export { roleInstanceSetWebhook } from './role-instance-set-webhook.ts';
export { roomAccess } from './room-access.ts';
export { userRoles } from './user-roles.ts';
export type { GeneratedFiles } from './kustomize.ts';
export type { Manifest } from './manifest.ts';
export type { WebhookAddress } from './pod-webhook.ts';
