import type { Logger } from '../base/logger.ts';
import { ConfigMaps } from '../kube/index.ts';
import type { ClusterClient, ConfigMap, Draft, ResourceCache } from '../kube/index.ts';
import { CLUSTER, blockName, sealOf } from './block.ts';
import type { BlockId, StoredBlock } from './block.ts';

/** Every ConfigMap of the ledger carries this label. */
export const LEDGER_LABEL = 'hostport.io/ledger';
const SCOPE_LABEL = 'hostport.io/scope';
const NODE_ANNOTATION = 'hostport.io/node';
const SEAL_ANNOTATION = 'hostport.io/seal';

/** What happened to a block, as the watch tells it. */
export type BlockChange =
  { readonly type: 'stored'; readonly block: StoredBlock } | ({ readonly type: 'deleted' } & BlockId);

/** Blocks as ConfigMaps of one namespace. Reads come from `cache`, which watches the ledger's label. */
export class BlockStore {
  readonly #client: ClusterClient;
  readonly #cache: ResourceCache<ConfigMap>;
  readonly #namespace: string;
  readonly #log: Logger;

  constructor(parts: { client: ClusterClient; cache: ResourceCache<ConfigMap>; namespace: string; log: Logger }) {
    this.#client = parts.client;
    this.#cache = parts.cache;
    this.#namespace = parts.namespace;
    this.#log = parts.log;
  }

  /** Tells every block that exists, then every change. */
  subscribe(listener: (change: BlockChange) => void): Disposable {
    return this.#cache.subscribe(({ type, object }) => {
      const block = this.#parse(object);
      if (block === undefined) return;
      listener(type === 'deleted' ? { type, domain: block.domain, first: block.first } : { type: 'stored', block });
    });
  }

  /** The block as the API server has it now, or undefined. */
  async read(id: BlockId, signal: AbortSignal): Promise<StoredBlock | undefined> {
    const key = { namespace: this.#namespace, name: blockName(id) };
    const found = await this.#client.find(ConfigMaps, key, { signal });
    if (found === undefined) return undefined;
    // By its name alone: labels and annotations may have been taken away by hand.
    const { annotations, resourceVersion } = found.metadata;
    return { ...id, data: found.data ?? {}, seal: annotations?.[SEAL_ANNOTATION], version: resourceVersion };
  }

  /**
   * Writes `data` as the successor of `version`, or as a new object if that is undefined.
   * @returns what is stored now
   * @throws ApiError `conflict`, `alreadyExists` or `notFound` when somebody else was faster
   */
  async write(
    id: BlockId,
    data: Readonly<Record<string, string>>,
    version: string | undefined,
    signal: AbortSignal,
  ): Promise<StoredBlock> {
    const seal = sealOf(data);
    const object: Draft<ConfigMap> = {
      metadata: {
        name: blockName(id),
        namespace: this.#namespace,
        labels: { [LEDGER_LABEL]: '1', [SCOPE_LABEL]: id.domain === CLUSTER ? 'Cluster' : 'Node' },
        annotations: { [SEAL_ANNOTATION]: seal, ...(id.domain === CLUSTER ? {} : { [NODE_ANNOTATION]: id.domain }) },
        // Who wrote which key is a third of what a write costs the API server, and nobody applies blocks.
        ...(version === undefined ? {} : { resourceVersion: version, managedFields: [{}] }),
      },
      data,
    };
    const options = { signal, metadataOnly: true, retryForMs: 2_000 } as const;
    const written =
      version === undefined
        ? await this.#client.create(ConfigMaps, object, options)
        : await this.#client.replace(ConfigMaps, object, options);
    return { ...id, data, seal, version: written.metadata.resourceVersion };
  }

  #parse(object: ConfigMap): StoredBlock | undefined {
    const { name, labels, annotations, resourceVersion } = object.metadata;
    const scope = labels?.[SCOPE_LABEL];
    if (scope !== 'Cluster' && scope !== 'Node') return undefined;
    const domain = scope === 'Cluster' ? CLUSTER : (annotations?.[NODE_ANNOTATION] ?? CLUSTER);
    const first = Number(name.slice(name.lastIndexOf('-') + 1));
    if (!Number.isInteger(first) || blockName({ domain, first }) !== name) {
      this.#log.error('a ConfigMap of the ledger is none of its blocks and is left alone', { configMap: name });
      return undefined;
    }
    return { domain, first, data: object.data ?? {}, seal: annotations?.[SEAL_ANNOTATION], version: resourceVersion };
  }
}
