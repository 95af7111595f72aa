import { annotations, PortPools } from '../../api/index.ts';
import { CustomResourceDefinitions, isApiError, Namespaces } from '../../kube/index.ts';
import { portPoolDefinition, refuseElsewhere } from '../../manager/index.ts';
import {
  accessManifests,
  admissionManifests,
  agentManifests,
  installedDefinitions,
  namespaceManifest,
  podSecurity,
  shippedPools,
} from '../../manifests/index.ts';
import { DEFAULT_IMAGE } from '../product.ts';
import { keyOfManifest, titleOf, typeOf } from './resource-types.ts';
import { until } from './wait.ts';
import { presentPaths, switchAddressForm } from './webhook-address.ts';
import type { CustomResourceDefinition, PortPoolManifest } from '../../api/index.ts';
import type { ClusterClient, KubeObject, ObjectKey, ResourceType } from '../../kube/index.ts';
import type { Manifest } from '../../manifests/index.ts';
import type { WaitOptions } from './wait.ts';

/** What an installation needs. */
interface InstallOptions extends WaitOptions {
  readonly client: ClusterClient;
  /** The namespace for the managers and their ledger. */
  readonly namespace: string;
  /** The URL at which the API server calls the webhooks, without their paths; absent: the Service in {@link namespace}. */
  readonly webhookUrl?: string | undefined;
  /** Whether to install agents on the nodes, too. Without it existing agents stay as they are. */
  readonly nodeAgent?: boolean;
  /** The image of the agents. Absent: the image of this version. */
  readonly image?: string;
}

/** The owner of the fields that `install` writes. */
const FIELD_MANAGER = 'hostport-install';

/**
 * Installs the kinds, the rights of the managers, the shipped pools, the policies on pods and the webhooks. It may be
 * run again at any time, also by another version. It writes its fields again if somebody changed them, except those of
 * pools. The webhooks' `caBundle` isn't among these fields: it stays as the managers wrote it. The path stays, too: it
 * is written as it is found, because a URL has no fields.
 * Pools belong to the user once they exist: a shipped pool is created once and never written again, so that edits stay,
 * and a deleted one doesn't come back as a second default. The CRD of PortPool records which ones were created, because
 * it exists exactly as long as pools can. It also records the namespace of the ledger: if that is another one, nothing
 * is done, and `LedgerNamespaceError` is thrown.
 */
export async function install(options: InstallOptions, signal: AbortSignal): Promise<void> {
  // A CRD that is being deleted no longer says where the ledger is.
  await existsUndeleted(options, CustomResourceDefinitions, portPoolDefinition, signal);
  await refuseElsewhere(options, adviceFor, signal);
  await ensureNamespace(options, signal);
  for (const definition of installedDefinitions(options.namespace)) await ensureDefinition(options, definition, signal);
  for (const manifest of accessManifests(options.namespace)) await apply(options, manifest, signal);
  if (options.nodeAgent === true) {
    const { namespace, image = DEFAULT_IMAGE } = options;
    for (const manifest of agentManifests(namespace, image)) await apply(options, manifest, signal);
  }
  await ensurePools(options, signal);
  // From here on pods that ask for ports wait for a manager; all others don't.
  const { client, namespace, webhookUrl: url } = options;
  const address = { namespace, url, paths: await presentPaths(client, signal) };
  for (const manifest of admissionManifests(address)) {
    await switchAddressForm({ client, fieldManager: FIELD_MANAGER }, manifest, signal);
    await apply(options, manifest, signal);
  }
}

function adviceFor(found: string): string {
  return `run "hostport install --namespace ${found}", or "hostport uninstall --namespace ${found}" before`;
}

async function ensureNamespace(options: InstallOptions, signal: AbortSignal): Promise<void> {
  const { client, namespace } = options;
  const manifest = namespaceManifest(namespace);
  if (!(await existsUndeleted(options, Namespaces, { name: namespace }, signal))) {
    const { metadata } = manifest;
    const labels = { ...metadata.labels, ...podSecurity('restricted') };
    const object = { metadata: { ...metadata, labels, annotations: { [annotations.madeByInstall]: 'true' } } };
    await unlessRefused(client.create(Namespaces, object, { signal, fieldManager: FIELD_MANAGER }), 'alreadyExists');
  }
  await apply(options, manifest, signal);
  // A restricted namespace would refuse the agents. The rest of the label belongs to the owner of the namespace.
  const body = { metadata: { labels: podSecurity('privileged') } };
  if (options.nodeAgent === true)
    await client.patch(Namespaces, { name: namespace }, { type: 'merge', body, fieldManager: FIELD_MANAGER, signal });
}

async function ensureDefinition(
  options: InstallOptions,
  definition: CustomResourceDefinition,
  signal: AbortSignal,
): Promise<void> {
  const key = keyOfManifest(definition);
  await existsUndeleted(options, CustomResourceDefinitions, key, signal);
  await apply(options, definition, signal);
  await until(
    options,
    `${titleOf(definition)} to be established`,
    async () => {
      const { status } = await options.client.get(CustomResourceDefinitions, key, { signal });
      return status?.conditions?.find(({ type, status }) => type === 'Established' && status === 'True');
    },
    signal,
  );
}

/** Whether the object exists. Waits while it is being deleted: what is applied to it would be deleted with it. */
function existsUndeleted(
  options: InstallOptions,
  type: ResourceType,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<boolean> {
  const what = `the deletion of ${type.kind.toLowerCase()}/${key.name}`;
  return until(
    options,
    what,
    async () => {
      const found = await options.client.find(type, key, { signal });
      return found?.metadata.deletionTimestamp === undefined ? found !== undefined : undefined;
    },
    signal,
  );
}

async function apply(
  options: InstallOptions,
  manifest: Manifest | CustomResourceDefinition,
  signal: AbortSignal,
): Promise<void> {
  await options.client.patch(typeOf(manifest), keyOfManifest(manifest), {
    type: 'apply',
    body: manifest,
    fieldManager: FIELD_MANAGER,
    force: true,
    signal,
  });
  options.report(`${titleOf(manifest)} applied`);
}

async function ensurePools(options: InstallOptions, signal: AbortSignal): Promise<void> {
  const { client, report } = options;
  const key = portPoolDefinition;
  const { metadata } = await client.get(CustomResourceDefinitions, key, { signal });
  const shipped = new Set(metadata.annotations?.[annotations.shippedPools]?.split(','));
  for (const pool of shippedPools) {
    report(`${titleOf(pool)} ${await ensurePool(options, pool, shipped.has(pool.metadata.name), signal)}`);
    shipped.add(pool.metadata.name);
  }
  const body = { metadata: { annotations: { [annotations.shippedPools]: [...shipped].join(',') } } };
  await client.patch(CustomResourceDefinitions, key, { type: 'merge', body, fieldManager: FIELD_MANAGER, signal });
}

/** Creates a pool that didn't exist before, and returns what happened. */
async function ensurePool(
  { client, ...waiting }: InstallOptions,
  pool: PortPoolManifest,
  wasThere: boolean,
  signal: AbortSignal,
): Promise<string> {
  const key = keyOfManifest(pool);
  if (await client.find(PortPools, key, { signal })) return 'kept as it is';
  if (wasThere)
    return `left out, because it was deleted: kubectl apply -f config/pools/${key.name}.yaml brings it back`;
  // A kind that was established a moment ago may not be served yet.
  const created = until(
    waiting,
    `${PortPools.plural} to be served`,
    () =>
      unlessRefused<KubeObject>(client.create(typeOf(pool), pool, { signal, fieldManager: FIELD_MANAGER }), 'notFound'),
    signal,
  );
  return (await unlessRefused(created, 'alreadyExists')) ? 'created' : 'kept as it is';
}

/** The result of `call`; undefined if the API server refuses it with this error. */
async function unlessRefused<T>(call: Promise<T>, refusal: 'alreadyExists' | 'notFound'): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isApiError(error, refusal)) return undefined;
    throw error;
  }
}
