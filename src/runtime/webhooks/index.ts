/**
 * What the managers maintain together in the webhook configurations, with shared state in a Secret: the methods for
 * that, and the unguessable path at which API servers call the webhooks.
 *
 * It refuses to create or delete configurations, and to change when a webhook is called.
 *
 * 1. Every write is based on the version that was read: if several replicas write at once, one succeeds, and the others
 *    read again.
 * 2. API servers aren't directed to a path that some replica doesn't answer yet, and a path that an API server may call
 *    stays answered.
 * 3. Configurations are read before the Secret, so that older state never replaces newer state.
 */
export { forAllWebhooks, readWebhooks, titleOfWebhooks, webhookType, writeWebhooks } from './configurations.ts';
export type { ClientConfigField, SeenWebhooks, WebhookName } from './configurations.ts';
export { ownPathIn } from './path-in-address.ts';
export type { PlainPaths } from './path-in-address.ts';
export { usualPathTimes } from './path-state.ts';
export type { PathTimes } from './path-state.ts';
export { SharedSecret, dataOf, textIn } from './shared-secret.ts';
export type { SecretData, SharedSecretOptions } from './shared-secret.ts';
export { LEAST_WAIT_MS, SeenFor, Upkeep } from './upkeep.ts';
export { WebhookPath } from './webhook-path.ts';
