import { ledgerSelector } from '../../../src/ledger/index.ts';
import { decodeCell } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import { ConfigMaps } from '../../../src/kube/index.ts';
import type { ClusterClient, ConfigMap } from '../../../src/kube/index.ts';
import { blockName } from '../../../src/ledger/index.ts';

/** One ConfigMap of the ledger, as anybody can read it. */
export interface LedgerBlock {
  readonly name: string;
  readonly version: string;
  /** The same text for all blocks of one domain, see {@link domainOf}. */
  readonly domain: string;
  readonly claims: readonly Claim[];
}

/** A number and who holds it. */
export interface Held {
  readonly domain: string;
  readonly number: number;
  /** `namespace/name`. */
  readonly holder: string;
  readonly uid: string;
  readonly port: string;
  readonly pool: string;
}

/** What the names of the blocks of a node begin with; without a node, those of the cluster. */
export function domainOf(nodeName = ''): string {
  return withoutFirst(blockName({ domain: nodeName, first: 0 }));
}

/** Reads a block of numbers; undefined for any other ConfigMap, such as a counter of quotas. */
export function readBlock({ metadata, data }: ConfigMap): LedgerBlock | undefined {
  const { name, resourceVersion: version } = metadata;
  if (!/^hostport-(cluster|node-[0-9a-f]{16})-\d+$/.test(name)) return undefined;
  const numbers = Object.entries(data ?? {}).filter(([key]) => /^\d+$/.test(key));
  const claims = numbers.flatMap(([key, text]) => decodeCell(Number(key), text));
  return { name, version, domain: withoutFirst(name), claims };
}

/** Every block that is stored now. */
export async function readLedger(
  client: ClusterClient,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly LedgerBlock[]> {
  const labelSelector = ledgerSelector;
  const { items } = await client.list(ConfigMaps, { namespace, labelSelector, signal });
  return items.flatMap((item) => readBlock(item) ?? []);
}

/** Who holds what, by domain and number. */
export function holdersIn(blocks: readonly LedgerBlock[]): readonly Held[] {
  const held = blocks.flatMap(({ domain, claims }) =>
    claims.filter(({ state }) => state === 'held').map((claim) => heldBy(domain, claim)),
  );
  return held.sort((left, right) => left.domain.localeCompare(right.domain) || left.number - right.number);
}

function heldBy(domain: string, { number, holder, port, pool }: Claim): Held {
  return { domain, number, holder: `${holder.namespace}/${holder.name}`, uid: holder.uid, port, pool };
}

function withoutFirst(name: string): string {
  return name.slice(0, name.lastIndexOf('-'));
}
