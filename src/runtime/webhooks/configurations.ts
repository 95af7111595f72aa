import { MutatingWebhookConfigurations, ValidatingWebhookConfigurations, isApiError } from '../../kube/index.ts';
import type {
  AdmissionWebhook,
  ClusterClient,
  JsonPatchStep,
  ResourceType,
  WebhookConfiguration,
} from '../../kube/index.ts';

/** Names a webhook configuration. */
export interface WebhookName {
  readonly kind: 'mutating' | 'validating';
  readonly name: string;
}

/** A webhook configuration as it was read. `configuration` is undefined if it doesn't exist. */
export interface SeenWebhooks {
  readonly webhook: WebhookName;
  readonly configuration: WebhookConfiguration | undefined;
}

/** The resource type of one kind of configuration. */
export function webhookType(kind: WebhookName['kind']): ResourceType<WebhookConfiguration> {
  return kind === 'mutating' ? MutatingWebhookConfigurations : ValidatingWebhookConfigurations;
}

/** The name of a configuration in messages. */
export function titleOfWebhooks({ kind, name }: WebhookName): string {
  return `${webhookType(kind).kind} ${name}`;
}

/** Reads all of `webhooks`. The result has the same order. */
export function readWebhooks(
  client: ClusterClient,
  webhooks: readonly WebhookName[],
  signal: AbortSignal,
): Promise<readonly SeenWebhooks[]> {
  return Promise.all(
    webhooks.map(async (webhook) => {
      const configuration = await client.find(webhookType(webhook.kind), { name: webhook.name }, { signal });
      return { webhook, configuration };
    }),
  );
}

/** A field below `clientConfig` of one webhook, such as `caBundle` or `service/path`, and its new value. */
export interface ClientConfigField {
  readonly field: string;
  readonly value: string;
}

/**
 * Writes the field that `change` returns for each webhook of `seen`, and nothing else, based on the version that was
 * read. Returns whether it wrote. Throws `conflict` if the configuration has changed since it was read.
 */
export async function writeWebhooks(
  client: ClusterClient,
  { webhook, configuration }: SeenWebhooks,
  change: (webhook: AdmissionWebhook) => ClientConfigField | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const steps = (configuration?.webhooks ?? []).flatMap((each, index): readonly JsonPatchStep[] => {
    const { field, value } = change(each) ?? {};
    return field === undefined ? [] : [{ op: 'add', path: `/webhooks/${index}/clientConfig/${field}`, value }];
  });
  if (!configuration || steps.length === 0) return false;
  const { resourceVersion } = configuration.metadata;
  // A replacement, not a JSON Patch `test`: then the API server answers `conflict` when the version is out of date.
  const version: JsonPatchStep = { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion };
  try {
    const body = [version, ...steps];
    await client.patch(webhookType(webhook.kind), { name: webhook.name }, { type: 'json', body, signal });
    return true;
  } catch (error) {
    if (isApiError(error, 'notFound')) return false;
    throw error;
  }
}

/**
 * Runs `write` for all of `seen`. A configuration that can't be written doesn't prevent the writes of others. Throws
 * the first error.
 */
export async function forAllWebhooks(
  seen: readonly SeenWebhooks[],
  write: (each: SeenWebhooks) => Promise<void>,
): Promise<void> {
  const failed = (await Promise.allSettled(seen.map(write))).find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}
