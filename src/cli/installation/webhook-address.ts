import { WEBHOOK_CONFIGURATION_NAME, pathsByWebhook } from '../../api/index.ts';
import { MutatingWebhookConfigurations, ValidatingWebhookConfigurations, isApiError } from '../../kube/index.ts';
import { ownPathIn } from '../../runtime/index.ts';
import type { AdmissionWebhook, ClusterClient, JsonPatchStep, WebhookConfiguration } from '../../kube/index.ts';
import type { Manifest } from '../../manifests/index.ts';
import { keyOfManifest, typeOf } from './resource-types.ts';

/** The client and the field manager that write. */
interface AddressWriter {
  readonly client: ClusterClient;
  readonly fieldManager: string;
}

/** The present path of each webhook that has one, by the webhook's name. */
export async function presentPaths(
  client: ClusterClient,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const found = await Promise.all(
    [MutatingWebhookConfigurations, ValidatingWebhookConfigurations].map((type) =>
      client.find(type, { name: WEBHOOK_CONFIGURATION_NAME }, { signal }),
    ),
  );
  return Object.fromEntries(
    found
      .flatMap((configuration) => configuration?.webhooks ?? [])
      .flatMap(({ name, clientConfig }) => {
        const plain = Object.hasOwn(pathsByWebhook, name) ? pathsByWebhook[name] : undefined;
        const path = plain === undefined ? undefined : ownPathIn(clientConfig, plain);
        return path === undefined ? [] : [[name, path] as const];
      }),
  );
}

/**
 * Changes the webhooks of `manifest` from a URL to a Service, or from a Service to a URL, where the stored ones have the
 * other form. An apply can't do that: the managers own a part of the other address, which would stay beside the new one.
 */
export async function switchAddressForm(
  { client, fieldManager }: AddressWriter,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const type = typeOf(manifest);
  const wanted = (manifest as WebhookManifest).webhooks ?? [];
  while (wanted.length > 0) {
    const found: WebhookConfiguration | undefined = await client.find(type, keyOfManifest(manifest), { signal });
    const steps = stepsToForm(found?.webhooks ?? [], wanted);
    if (found === undefined || steps.length === 0) return;
    const { resourceVersion } = found.metadata;
    const body = [{ op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion } as const, ...steps];
    try {
      await client.patch(type, keyOfManifest(manifest), { type: 'json', body, fieldManager, signal });
      return;
    } catch (error) {
      // A manager wrote in between.
      if (!isApiError(error, 'conflict')) throw error;
    }
  }
}

type WebhookManifest = Manifest & { readonly webhooks?: readonly AdmissionWebhook[] };

function stepsToForm(
  found: readonly AdmissionWebhook[],
  wanted: readonly AdmissionWebhook[],
): readonly JsonPatchStep[] {
  return found.flatMap(({ name, clientConfig: { caBundle, url } }, index) => {
    const clientConfig = wanted.find((each) => each.name === name)?.clientConfig;
    if (clientConfig === undefined || (clientConfig.url === undefined) === (url === undefined)) return [];
    const value = { ...clientConfig, ...(caBundle === undefined ? {} : { caBundle }) };
    return [{ op: 'replace' as const, path: `/webhooks/${index}/clientConfig`, value }];
  });
}
