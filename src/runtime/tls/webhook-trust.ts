import { MutatingWebhookConfigurations, ValidatingWebhookConfigurations, isApiError } from '../../kube/index.ts';
import type { ClusterClient, JsonPatchStep, ResourceType, WebhookConfiguration } from '../../kube/index.ts';
import { certificatesIn, includesCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';

/** A webhook configuration by its name. */
export interface WebhookName {
  readonly kind: 'mutating' | 'validating';
  readonly name: string;
}

/** A webhook configuration as it was read; `configuration` is undefined where there is none. */
export interface SeenWebhooks {
  readonly webhook: WebhookName;
  readonly configuration: WebhookConfiguration | undefined;
}

/** The resource type of one kind of configuration. */
export function webhookType(kind: WebhookName['kind']): ResourceType<WebhookConfiguration> {
  return kind === 'mutating' ? MutatingWebhookConfigurations : ValidatingWebhookConfigurations;
}

/** Reads all of `webhooks`, in their order. */
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

/** Whether every webhook of every configuration that is there trusts `authority`. */
export function allTrust(seen: readonly SeenWebhooks[], authority: Certificate): boolean {
  return seen.every(({ configuration }) => trusts(configuration, authority));
}

/** Why some webhook isn't called, or its certificate not trusted: the first that is found. */
export function distrustOf(seen: readonly SeenWebhooks[], authority: Certificate): string | undefined {
  for (const { webhook, configuration } of seen) {
    const kind = webhookType(webhook.kind).kind;
    if (!configuration) return `there is no ${kind} ${webhook.name}`;
    if (!trusts(configuration, authority)) return `${kind} ${webhook.name} doesn't carry the authority in caBundle yet`;
  }
  return undefined;
}

/** Puts `bundle` (PEM) into every webhook of `seen` that has another one, on the version that was read; says if it wrote. */
export async function publishBundle(
  client: ClusterClient,
  { webhook, configuration }: SeenWebhooks,
  bundle: string,
  signal: AbortSignal,
): Promise<boolean> {
  const caBundle = Buffer.from(bundle).toString('base64');
  const steps: readonly JsonPatchStep[] = (configuration?.webhooks ?? []).flatMap(({ clientConfig }, index) =>
    clientConfig.caBundle === caBundle
      ? []
      : [{ op: 'add' as const, path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle }],
  );
  if (!configuration || steps.length === 0) return false;
  const { resourceVersion } = configuration.metadata;
  // Written, not tested: the API server then answers a conflict when the version is an old one.
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

function trusts(configuration: WebhookConfiguration | undefined, authority: Certificate): boolean {
  return (configuration?.webhooks ?? []).every(({ clientConfig: { caBundle = '' } }) =>
    includesCertificate(certificatesIn(Buffer.from(caBundle, 'base64').toString()), authority),
  );
}
