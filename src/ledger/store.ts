import type { Logger } from '../base/logger.ts';
import { ConfigMaps } from '../kube/index.ts';
import type { CallOptions, ClusterClient, ConfigMap, Draft, ResourceCache } from '../kube/index.ts';
import { CLUSTER, blockName, sealOf } from './block.ts';
import type { BlockId, StoredBlock } from './block.ts';

/** Labels of the ConfigMaps that make up the ledger. */
export const ledgerLabels = {
  /** `"1"` on each of them: the format of their data. */
  ledger: 'hostport.io/ledger',
  /** The kind of each: a block of the domain `Cluster` or of a `Node`, or the counter of a `Quota`. */
  scope: 'hostport.io/scope',
} as const;

/** The value of {@link ledgerLabels.ledger}. */
export const LEDGER_FORMAT = '1';

/** Selects every ConfigMap of the ledger. */
export const ledgerSelector = `${ledgerLabels.ledger}=${LEDGER_FORMAT}`;

/** The value of {@link ledgerLabels.scope} on the counter of a quota. */
export const QUOTA = 'Quota';

const NODE_ANNOTATION = 'hostport.io/node';
const SEAL_ANNOTATION = 'hostport.io/seal';

/** A change of a block, as the watch reports it. */
export type BlockChange =
  | { readonly type: 'stored'; readonly block: StoredBlock }
  | ({
      readonly type: 'deleted';
      /** The version of the deleted object, or of its deletion: a block with a newer version isn't deleted. */
      readonly version: string;
    } & BlockId);

/** Blocks as ConfigMaps of one namespace. Reads come from `cache`, which watches the ledger's label. */
export class BlockStore {
  readonly #client: ClusterClient;
  readonly #cache: Pick<ResourceCache<ConfigMap>, 'subscribe'>;
  readonly #namespace: string;
  readonly #log: Logger;

  constructor(parts: {
    client: ClusterClient;
    cache: Pick<ResourceCache<ConfigMap>, 'subscribe'>;
    namespace: string;
    log: Logger;
  }) {
    this.#client = parts.client;
    this.#cache = parts.cache;
    this.#namespace = parts.namespace;
    this.#log = parts.log;
  }

  /** Reports every block that exists, then every change. */
  subscribe(listener: (change: BlockChange) => void): Disposable {
    return this.#cache.subscribe(({ type, object }) => {
      const block = this.#parse(object);
      if (block === undefined) return;
      const { domain, first, version } = block;
      listener(type === 'deleted' ? { type, domain, first, version } : { type: 'stored', block });
    });
  }

  /** The block as the API server has it now, or undefined. */
  async read(id: BlockId, signal: AbortSignal): Promise<StoredBlock | undefined> {
    const key = { namespace: this.#namespace, name: blockName(id) };
    const found = await this.#client.find(ConfigMaps, key, { signal });
    if (found === undefined) return undefined;
    return blockIn(found, id);
  }

  /**
   * Writes `data` as the successor of `version`, or as a new object if that is undefined.
   * @returns what is stored now
   * @throws ApiError `conflict`, `alreadyExists` or `notFound` if another manager was faster, FencedError if nothing
   * was sent
   */
  async write(
    id: BlockId,
    data: Readonly<Record<string, string>>,
    version: string | undefined,
    call: Pick<CallOptions, 'signal' | 'fence'>,
  ): Promise<StoredBlock> {
    const seal = sealOf(data);
    const object: Draft<ConfigMap> = {
      metadata: {
        name: blockName(id),
        namespace: this.#namespace,
        labels: labelsOf(id),
        annotations: { [SEAL_ANNOTATION]: seal, ...(id.domain === CLUSTER ? {} : { [NODE_ANNOTATION]: id.domain }) },
        // Managed fields are a third of what a write costs the API server, and nobody applies blocks.
        ...(version === undefined ? {} : { resourceVersion: version, managedFields: [{}] }),
      },
      data,
    };
    const options = { ...call, metadataOnly: true, retryForMs: 2_000 } as const;
    const written =
      version === undefined
        ? await this.#client.create(ConfigMaps, object, options)
        : await this.#client.replace(ConfigMaps, object, options);
    return { ...id, data, seal, version: written.metadata.resourceVersion };
  }

  /**
   * Deletes a block, if `version` is what is stored.
   * @throws ApiError `conflict` or `notFound` if another manager was faster, FencedError if nothing was sent
   */
  async remove(id: BlockId, version: string, call: Pick<CallOptions, 'signal' | 'fence'>): Promise<void> {
    const key = { namespace: this.#namespace, name: blockName(id) };
    await this.#client.remove(ConfigMaps, key, { ...call, preconditions: { resourceVersion: version }, retryForMs: 0 });
  }

  #parse(object: ConfigMap): StoredBlock | undefined {
    const { name, labels, annotations } = object.metadata;
    if (labels?.[ledgerLabels.scope] === QUOTA) return undefined;
    const domain = annotations?.[NODE_ANNOTATION] ?? CLUSTER;
    const first = Number(name.slice(name.lastIndexOf('-') + 1));
    if (!Number.isInteger(first) || blockName({ domain, first }) !== name) {
      this.#log.error('a ConfigMap of the ledger is none of its blocks and is left alone', { configMap: name });
      return undefined;
    }
    return blockIn(object, { domain, first });
  }
}

/** A block is known by its name alone. If its labels were removed, it was edited: it counts as unsealed. */
function blockIn({ metadata, data = {} }: ConfigMap, id: BlockId): StoredBlock {
  const { labels = {}, annotations, resourceVersion } = metadata;
  const isLabelled = Object.entries(labelsOf(id)).every(([label, value]) => labels[label] === value);
  return { ...id, data, seal: isLabelled ? annotations?.[SEAL_ANNOTATION] : undefined, version: resourceVersion };
}

function labelsOf({ domain }: BlockId): Readonly<Record<string, string>> {
  return { [ledgerLabels.ledger]: LEDGER_FORMAT, [ledgerLabels.scope]: domain === CLUSTER ? 'Cluster' : 'Node' };
}
