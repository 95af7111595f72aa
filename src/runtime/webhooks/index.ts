/**
 * What managers keep of the webhook configurations that bring API servers to them, and share through a Secret: how that
 * is done, and the path that nobody guesses.
 *
 * Refuses: to create or delete configurations, to say when a webhook is called and when not.
 *
 * 1. Every write is on the version that was read: of replicas that write at once, one wins, and the others look again.
 * 2. No API server is told to call a part that some replica doesn't answer yet, and none is forgotten that one may call.
 * 3. Configurations are read before the Secret, so that what is older never replaces what is newer.
 */
export { forAllWebhooks, readWebhooks, titleOfWebhooks, webhookType, writeWebhooks } from './configurations.ts';
export type { ClientConfigField, SeenWebhooks, WebhookName } from './configurations.ts';
export { ownPathIn } from './path-in-address.ts';
export { usualPathTimes } from './path-state.ts';
export type { PathTimes } from './path-state.ts';
export type { PlainPaths } from './placement.ts';
export { SeenFor } from './seen-for.ts';
export { SharedSecret, dataOf, textIn } from './shared-secret.ts';
export type { SecretData, SharedSecretOptions } from './shared-secret.ts';
export { LEAST_WAIT_MS, Upkeep } from './upkeep.ts';
export type { UpkeepOptions } from './upkeep.ts';
export { WebhookPath } from './webhook-path.ts';
export type { WebhookPathOptions } from './webhook-path.ts';
