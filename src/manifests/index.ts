/**
 * The manifests of an installation, as values: `hostport install` applies them, and `config/` is generated from them.
 * Begin with `installation.ts`.
 * This folder refuses input and output, and decisions about what is in the cluster already.
 * 1. The managers may write ConfigMaps, Leases and Secrets only in their own namespace.
 * 2. Webhook configurations contain neither `caBundle` nor a secret path: those are fields of the managers.
 * 3. Every object has the label of {@link ownLabelSelector}, except the CRDs, whose names are known.
 */
export {
  accessManifests,
  admissionManifests,
  agentManifests,
  installedDefinitions,
  managerManifests,
  podPolicies,
} from './installation.ts';
export { generatedFiles } from './kustomize.ts';
export { managerAccess, roomAccess } from './manager-access.ts';
export { namespaceManifest, podSecurity } from './manager-workload.ts';
export { imageOf, ownLabelSelector } from './manifest.ts';
export type { Manifest } from './manifest.ts';
export { agentAccess, agentDaemonSet } from './node-agent.ts';
export { shippedPools } from './pools.ts';
export { userRoles } from './user-roles.ts';
export { podWebhook, roleInstanceSetWebhook } from './webhooks.ts';
