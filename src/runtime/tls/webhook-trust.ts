import type { AdmissionWebhook, ClusterClient, WebhookConfiguration } from '../../kube/index.ts';
import { titleOfWebhooks, writeWebhooks } from '../webhooks/index.ts';
import type { SeenWebhooks } from '../webhooks/index.ts';
import { certificatesIn, includesCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';

/** Whether all webhooks of all existing configurations trust `authority`. */
export function allTrust(seen: readonly SeenWebhooks[], authority: Certificate): boolean {
  return seen.every(({ configuration }) => trusts(configuration, authority));
}

/** Why a webhook isn't called, or its certificate isn't trusted. Returns the first reason, or undefined. */
export function distrustOf(seen: readonly SeenWebhooks[], authority: Certificate): string | undefined {
  for (const { webhook, configuration } of seen) {
    const title = titleOfWebhooks(webhook);
    if (!configuration) return `there is no ${title}`;
    if (!trusts(configuration, authority)) return `${title} doesn't carry the authority in caBundle yet`;
  }
  return undefined;
}

/**
 * Writes `bundle` (PEM) into every webhook of `seen` that has another one, based on the version that was read. Returns
 * whether it wrote.
 */
export function publishBundle(
  client: ClusterClient,
  seen: SeenWebhooks,
  bundle: string,
  signal: AbortSignal,
): Promise<boolean> {
  const value = Buffer.from(bundle).toString('base64');
  const change = ({ clientConfig: { caBundle } }: AdmissionWebhook) =>
    caBundle === value ? undefined : { field: 'caBundle', value };
  return writeWebhooks(client, seen, change, signal);
}

function trusts(configuration: WebhookConfiguration | undefined, authority: Certificate): boolean {
  return (configuration?.webhooks ?? []).every(({ clientConfig: { caBundle = '' } }) =>
    includesCertificate(certificatesIn(Buffer.from(caBundle, 'base64').toString()), authority),
  );
}
