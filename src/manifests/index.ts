/**
 * What `hostport install` applies, and what `config/` is generated from, as values.
 * It refuses input and output, and decisions about what is in the cluster already.
 * 1. The managers may write ConfigMaps, Leases and Secrets only in their own namespace.
 * 2. Webhook configurations contain neither `caBundle` nor an invented path: those are fields of the managers.
 * 3. Everything has the label of {@link ownLabelSelector}, except the CRDs, whose names are known.
 */
export { managerDeployment, managerDisruptionBudget, managerNetworkPolicy, managerQuota } from './deployment.ts';
export { installedDefinitions } from './definitions.ts';
export { generatedFiles } from './kustomize.ts';
export { managerAccess } from './manager-access.ts';
export { managerFairness } from './manager-fairness.ts';
export { agentAccess, agentDaemonSet } from './node-agent.ts';
export { imageOf, ownLabelSelector } from './manifest.ts';
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
