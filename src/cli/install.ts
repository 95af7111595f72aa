import { annotations, PortPools } from '../api/index.ts';
import { CustomResourceDefinitions, isApiError, Namespaces } from '../kube/index.ts';
import { access, admission, keyOfManifest, nodeAgent, titleOf, typeOf } from './installed.ts';
import { portPoolDefinition, refuseElsewhere } from '../manager/index.ts';
import { installedDefinitions, namespaceManifest, podSecurity, shippedPools } from '../manifests/index.ts';
import { until } from './wait.ts';
import { changeForm, foundPaths } from './webhook-address.ts';
import type { CustomResourceDefinition, PortPoolManifest } from '../api/index.ts';
import type { ClusterClient, KubeObject, ObjectKey, ResourceType } from '../kube/index.ts';
import type { Manifest } from '../manifests/index.ts';
import type { WaitOptions } from './wait.ts';

/** What an installation needs. */
export interface InstallOptions extends WaitOptions {
  readonly client: ClusterClient;
  /** Where the managers and their ledger will live. */
  readonly namespace: string;
  /** What the API server calls the webhooks at, without their paths; absent: the Service in {@link namespace}. */
  readonly webhookUrl?: string | undefined;
  /** Put agents onto the nodes, too. Without it those that are there stay as they are. */
  readonly nodeAgent?: boolean;
}

/** Owns the fields that `install` writes. */
const FIELD_MANAGER = 'hostport-install';

/**
 * Puts the kinds, the rights of the managers, the shipped pools, the policies on pods and the webhook into the cluster. It
 * may be run again at any time, by another version too. What is ours alone (all but the pools) is taken back from whoever
 * changed it, field by field: the webhooks' `caBundle` is no field of ours, and stays as the managers wrote it; so does
 * the path, which is said only as it is found, because a URL has no fields.
 *
 * Pools are the user's once they are there: a shipped pool is created once and never written again, so that an edit stays,
 * and one that the user deleted doesn't come back as a second default. What was created is remembered on the definition
 * of PortPool, which can't outlive the pools or be outlived by them. So is the namespace of the ledger: where another one
 * is written, nothing is done, and `LedgerNamespaceError` thrown.
 */
export async function install(options: InstallOptions, signal: AbortSignal): Promise<void> {
  // One that is being deleted says nothing any more.
  await isThere(options, CustomResourceDefinitions, portPoolDefinition, signal);
  await refuseElsewhere(options, adviceFor, signal);
  await ensureNamespace(options, signal);
  for (const definition of installedDefinitions(options.namespace)) await ensureDefinition(options, definition, signal);
  for (const manifest of access(options.namespace)) await apply(options, manifest, signal);
  if (options.nodeAgent === true) {
    for (const manifest of nodeAgent(options.namespace)) await apply(options, manifest, signal);
  }
  await ensurePools(options, signal);
  // From here on, who asks for ports waits for a manager; nobody else does.
  const { client, namespace, webhookUrl: url } = options;
  const address = { namespace, url, paths: await foundPaths(client, signal) };
  for (const manifest of admission(address)) {
    await changeForm({ client, fieldManager: FIELD_MANAGER }, manifest, signal);
    await apply(options, manifest, signal);
  }
}

function adviceFor(found: string): string {
  return `run "hostport install --namespace ${found}", or "hostport uninstall --namespace ${found}" before`;
}

async function ensureNamespace(options: InstallOptions, signal: AbortSignal): Promise<void> {
  const { client, namespace } = options;
  const manifest = namespaceManifest(namespace);
  if (!(await isThere(options, Namespaces, { name: namespace }, signal))) {
    const { metadata } = manifest;
    const labels = { ...metadata.labels, ...podSecurity('restricted') };
    const object = { metadata: { ...metadata, labels, annotations: { [annotations.madeByInstall]: 'true' } } };
    await unless(client.create(Namespaces, object, { signal, fieldManager: FIELD_MANAGER }), 'alreadyExists');
  }
  await apply(options, manifest, signal);
  // They would be refused where it is restricted. What else the label says is whoever's the namespace is.
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
  await isThere(options, CustomResourceDefinitions, key, signal);
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

/** Whether the object is there. One that is being deleted is waited for: what is applied to it would go with it. */
function isThere(options: InstallOptions, type: ResourceType, key: ObjectKey, signal: AbortSignal): Promise<boolean> {
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

/** Creates a pool that wasn't there before, and says what became of it. */
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
    () => unless<KubeObject>(client.create(typeOf(pool), pool, { signal, fieldManager: FIELD_MANAGER }), 'notFound'),
    signal,
  );
  return (await unless(created, 'alreadyExists')) ? 'created' : 'kept as it is';
}

/** What `call` gives, or undefined where the API server refuses it for this reason. */
async function unless<T>(call: Promise<T>, refusal: 'alreadyExists' | 'notFound'): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isApiError(error, refusal)) return undefined;
    throw error;
  }
}
