import {
  annotations,
  CA_SECRET_NAME,
  customResourceDefinitions,
  finalizers,
  MANAGER_NAME,
  PATH_SECRET_NAME,
  PortAllocations,
  PortPools,
  RoleInstances,
  RoleInstanceSets,
} from '../../api/index.ts';
import { pause } from '../../base/cancellation.ts';
import { patchFor } from '../../controllers/room/index.ts';
import { ourSlices } from '../../controllers/service/index.ts';
import {
  ConfigMaps,
  CustomResourceDefinitions,
  EndpointSlices,
  formatKey,
  isApiError,
  Leases,
  MutatingWebhookConfigurations,
  Namespaces,
  Nodes,
  Secrets,
  ValidatingAdmissionPolicies,
  ValidatingAdmissionPolicyBindings,
  ValidatingWebhookConfigurations,
} from '../../kube/index.ts';
import { ledgerSelector, refuseElsewhere } from '../../manager/index.ts';
import {
  accessManifests,
  admissionManifests,
  agentManifests,
  managerManifests,
  ownLabelSelector,
} from '../../manifests/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { DEFAULT_IMAGE } from '../product.ts';
import { Removal } from './removal.ts';
import { keyOfManifest, typeOf } from './resource-types.ts';
import type { PortAllocation } from '../../api/index.ts';
import type { ClusterClient, ResourceType } from '../../kube/index.ts';
import type { WaitOptions } from './wait.ts';

/** What an uninstallation needs. */
interface UninstallOptions extends WaitOptions {
  readonly client: ClusterClient;
  /** The namespace of the managers and their ledger. */
  readonly namespace: string;
  /** Whether to remove everything although numbers are held. */
  readonly force: boolean;
}

/**
 * The result. `held`: these objects exist, so nothing important was removed (exit code 3). `stuck`: these objects were
 * not deleted (exit code 1).
 */
export type UninstallOutcome =
  { readonly kind: 'done' } | { readonly kind: 'held' | 'stuck'; readonly objects: readonly string[] };

const ourFinalizers = Object.values(finalizers);

/**
 * The policies and webhooks for pods and sets of users: they are removed first, so that no pod waits for a webhook that
 * is gone.
 */
const admissionTypes: readonly ResourceType[] = [
  MutatingWebhookConfigurations,
  ValidatingWebhookConfigurations,
  ValidatingAdmissionPolicyBindings,
  ValidatingAdmissionPolicies,
].map((type) => type as ResourceType);

// A manager that has lost its rights may have a last write under way.
const LAST_WRITES_MS = 1_000;
const LEDGER_ROUNDS = 5;

/**
 * Removes what `install` applied and what the managers wrote. While there are allocations, sets or instances, it
 * removes only the webhooks and policies, unless forced: the pods of sets would be deleted with them. It never waits
 * for a manager: it removes Hostport's finalizers itself. If the ledger is in another namespace, which would be left
 * behind, nothing is done unless forced, and `LedgerNamespaceError` is thrown.
 */
export async function uninstall(options: UninstallOptions, signal: AbortSignal): Promise<UninstallOutcome> {
  if (!options.force) await refuseElsewhere(options, adviceFor, signal);
  const removal = new Removal(options.client, options, signal);
  const admissionLeft = await removeAdmission(removal);
  const held = options.force ? [] : await whatIsInUse(removal);
  if (held.length > 0) return { kind: 'held', objects: held };
  const left = [
    ...admissionLeft,
    // Managers first: while they have rights, they write again what is deleted here.
    ...(await removeManagers(options, removal)),
    ...(await removeObjects(removal)),
    ...(await removeLedger(options, removal, signal)),
    ...(await removeNamespace(options, removal, signal)),
    ...(await removeDefinitions(removal)),
  ];
  await removeRoom(options, signal);
  return left.length > 0 ? { kind: 'stuck', objects: left } : { kind: 'done' };
}

function adviceFor(found: string): string {
  return `run "hostport uninstall --namespace ${found}"`;
}

/** Takes the steps one after the other, and returns what they leave. */
async function runSteps(steps: Iterable<() => Promise<readonly string[]>>): Promise<string[]> {
  const left: string[] = [];
  for (const step of steps) left.push(...(await step()));
  return left;
}

function removeAdmission(removal: Removal): Promise<string[]> {
  return runSteps(admissionTypes.map((type) => () => removal.removeAll({ type, labelSelector: ownLabelSelector })));
}

function removeManagers({ namespace }: UninstallOptions, removal: Removal): Promise<string[]> {
  // Policies and webhooks again, by name: somebody may have removed the label that selects them.
  const manifests = [
    ...admissionManifests({ namespace }).toReversed(),
    ...agentManifests(namespace, DEFAULT_IMAGE).toReversed(),
    ...managerManifests(namespace, DEFAULT_IMAGE),
    ...accessManifests(namespace).toReversed(),
  ];
  return runSteps(manifests.map((manifest) => () => removal.removeOne(typeOf(manifest), keyOfManifest(manifest))));
}

function removeObjects(removal: Removal): Promise<string[]> {
  const types = [RoleInstanceSets, RoleInstances, PortAllocations, PortPools] as const;
  // Without managers nothing would keep these up to date.
  return runSteps([
    () => removal.removeAll({ type: EndpointSlices, ...ourSlices }),
    ...types.map((type) => () => removal.removeAll({ type, finalizers: ourFinalizers })),
  ]);
}

async function removeLedger(
  { namespace, clock }: UninstallOptions,
  removal: Removal,
  signal: AbortSignal,
): Promise<string[]> {
  const ledger = { type: ConfigMaps, namespace, labelSelector: ledgerSelector };
  for (let round = 0; round < LEDGER_ROUNDS; round++) {
    const left = await removal.removeAll(ledger);
    if (left.length > 0) return [...left];
    await pause(clock, LAST_WRITES_MS, signal);
    if ((await removal.list(ledger)).length === 0) break;
  }
  return runSteps([
    () => removal.removeOne(Leases, { namespace, name: MANAGER_NAME }),
    ...[CA_SECRET_NAME, PATH_SECRET_NAME].map((name) => () => removal.removeOne(Secrets, { namespace, name })),
  ]);
}

/** Removes the room that nodes advertise. */
async function removeRoom({ client, report }: UninstallOptions, signal: AbortSignal): Promise<void> {
  for (const node of (await client.list(Nodes, { signal })).items) {
    const body = patchFor(node, new Map());
    if (body === undefined) continue;
    const { name } = node.metadata;
    try {
      await client.patch(Nodes, { name }, { type: 'merge', body, subresource: 'status', signal });
      report(`room of pools removed from node/${name}`);
    } catch (error) {
      if (!isApiError(error, 'notFound')) throw error;
    }
  }
}

async function removeNamespace(
  { client, namespace, report }: UninstallOptions,
  removal: Removal,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await client.find(Namespaces, { name: namespace }, { signal });
  if (!found) return [];
  if (found.metadata.annotations?.[annotations.madeByInstall] === 'true')
    return removal.removeOne(Namespaces, { name: namespace });
  report(`namespace/${namespace} kept, because hostport install did not make it`);
  return [];
}

function removeDefinitions(removal: Removal): Promise<string[]> {
  const keys = customResourceDefinitions().map(keyOfManifest);
  return runSteps(keys.map((key) => () => removal.removeOne(CustomResourceDefinitions, key)));
}

/** A line for each allocation, set and instance: while there are any, nothing important is removed. */
async function whatIsInUse(removal: Removal): Promise<readonly string[]> {
  const sets = await removal.list({ type: RoleInstanceSets });
  const instances = await removal.list({ type: RoleInstances });
  const alone = instances.filter((instance) => controllerOf(instance)?.kind !== RoleInstanceSets.kind);
  const allocations = (await removal.list({ type: PortAllocations })) as readonly PortAllocation[];
  return [
    ...sets.map(({ metadata }) => `roleinstanceset ${formatKey(metadata)} (its pods go with it)`),
    ...alone.map(({ metadata }) => `roleinstance ${formatKey(metadata)} (its pods go with it)`),
    ...allocations.map(describeAllocation),
  ];
}

function describeAllocation({ metadata, spec, status }: PortAllocation): string {
  return `${formatKey(metadata)} ${spec.summary ?? status?.summary ?? '(no numbers yet)'}`;
}
