import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { webhookNames } from '../../src/api/index.ts';
import { podWebhook } from '../../src/manifests/index.ts';
import { MutatingWebhookConfigurations } from '../../src/kube/index.ts';
import type { AdmissionWebhook, ClusterClient } from '../../src/kube/index.ts';
import type { Listening, Patched } from './webhook.ts';

/**
 * Starts the webhook that only patches, in a process of its own, and registers it in the way that ours is: for the same
 * pods, or Bindings, under the same conditions.
 */
export async function startPatcher(client: ClusterClient, patched: Patched): Promise<AsyncDisposable> {
  const child = fork(fileURLToPath(new URL('webhook.ts', import.meta.url)), [patched], { execArgv: [] });
  const ended = once(child, 'exit');
  const early = ended.then(([code]) => Promise.reject(new Error(`the webhook ended with ${String(code)}`)));
  const [said] = (await Promise.race([once(child, 'message'), early])) as [Listening];
  early.catch(() => undefined);
  const clientConfig = { url: said.url, caBundle: Buffer.from(said.authority).toString('base64') };
  const all = podWebhook({ namespace: 'hostport-system' })['webhooks'] as readonly AdmissionWebhook[];
  const ours = all.find(({ name }) => name === webhookNames[patched]);
  if (ours === undefined) throw new Error(`Hostport installs no webhook for ${patched}`);
  const webhooks = [{ ...ours, clientConfig }];
  const { signal } = new AbortController();
  await client.create(MutatingWebhookConfigurations, { metadata: { name: 'patcher' }, webhooks }, { signal });
  return {
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await ended;
    },
  };
}
