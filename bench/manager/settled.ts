import { API_VERSION } from '../../src/api/index.ts';
import type { ClusterClient } from '../../src/kube/index.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';

const PATIENCE_MS = 180_000;

/**
 * Resolves when there is nothing left to do for pods of two numbers each: `pods` of `namespace`, and no others, hold
 * theirs, and each of them has its record.
 */
export async function settled(hostport: RunningHostport, namespace: string, pods: number): Promise<void> {
  const records = (): Promise<number> => countRecords(hostport.client, namespace, hostport.signal);
  await hostport.eventually(records, (count) => count === pods, `${pods} pods have their records`, PATIENCE_MS);
  const held = async (): Promise<number> => (await hostport.holders()).length;
  await hostport.eventually(held, (count) => count === 2 * pods, `${2 * pods} numbers are held`, PATIENCE_MS);
}

async function countRecords(client: ClusterClient, namespace: string, signal: AbortSignal): Promise<number> {
  const text = await client.raw(`/apis/${API_VERSION}/namespaces/${namespace}/portallocations?limit=1`, { signal });
  const { items, metadata } = JSON.parse(text) as {
    readonly items: readonly unknown[];
    readonly metadata: { readonly remainingItemCount?: number };
  };
  return items.length + (metadata.remainingItemCount ?? 0);
}
