import {
  annotations,
  CA_SECRET_NAME,
  customResourceDefinitions,
  finalizers,
  LEDGER_LABEL_VALUE,
  ledgerLabels,
  MANAGER_NAME,
} from '../api/index.ts';
import { pause } from '../base/cancellation.ts';
import {
  ConfigMaps,
  CustomResourceDefinitions,
  formatKey,
  Leases,
  Namespaces,
  resourceType,
  Secrets,
} from '../kube/index.ts';
import { PortAllocations, PortPools } from '../allocation/index.ts';
import { access, keyOfManifest, typeOf, workload } from './installed.ts';
import { ownLabelSelector } from './manifests/index.ts';
import { Removal } from './removal.ts';
import type { PortAllocation } from '../api/index.ts';
import type { InstallOptions } from './install.ts';

/** What an uninstallation needs. */
export interface UninstallOptions extends InstallOptions {
  /** Take everything away, whoever holds what. */
  readonly force: boolean;
}

/**
 * How it ended: `held`, nothing that matters was removed, because these allocations are still there (exit code 3); `stuck`,
 * these objects didn't go (exit code 1).
 */
export type UninstallOutcome =
  { readonly kind: 'done' } | { readonly kind: 'held' | 'stuck'; readonly objects: readonly string[] };

const ourFinalizers = Object.values(finalizers);

const admission = (plural: string, kind: string) =>
  resourceType({ group: 'admissionregistration.k8s.io', version: 'v1', plural, kind, namespaced: false });

/** What the API server asks about pods and sets of others: it goes first, so that nobody waits for a webhook that is gone. */
const admissionTypes = [
  admission('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'),
  admission('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'),
  admission('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding'),
  admission('validatingadmissionpolicies', 'ValidatingAdmissionPolicy'),
];

// A manager that lost its rights may have a last write under way.
const LAST_WRITES_MS = 1_000;
const LEDGER_ROUNDS = 5;

/**
 * Takes away what `install` applied, and what the managers wrote. While there are allocations it takes away the webhook
 * configurations only, unless forced. It never waits for a manager: what has our finalizers loses them.
 */
export async function uninstall(options: UninstallOptions, signal: AbortSignal): Promise<UninstallOutcome> {
  const removal = new Removal(options.client, options, signal);
  for (const type of admissionTypes) await removal.removeAll({ type, labelSelector: ownLabelSelector });
  const held = options.force ? [] : await removal.list({ type: PortAllocations });
  if (held.length > 0) return { kind: 'held', objects: (held as readonly PortAllocation[]).map(holding) };
  const left = [
    // The managers first: while they have rights, they write again what is deleted here.
    ...(await removeManagers(options, removal)),
    ...(await removeObjects(removal)),
    ...(await removeLedger(options, removal, signal)),
    ...(await removeNamespace(options, removal, signal)),
    ...(await removeDefinitions(removal)),
  ];
  return left.length > 0 ? { kind: 'stuck', objects: left } : { kind: 'done' };
}

/** What is left after all of the steps. */
async function inOrder(steps: Iterable<() => Promise<readonly string[]>>): Promise<string[]> {
  const left: string[] = [];
  for (const step of steps) left.push(...(await step()));
  return left;
}

function removeManagers({ namespace }: UninstallOptions, removal: Removal): Promise<string[]> {
  const manifests = [...workload(namespace), ...access(namespace).toReversed()];
  return inOrder(manifests.map((manifest) => () => removal.removeOne(typeOf(manifest), keyOfManifest(manifest))));
}

function removeObjects(removal: Removal): Promise<string[]> {
  const types = [PortAllocations, PortPools] as const;
  return inOrder(types.map((type) => () => removal.removeAll({ type, finalizers: ourFinalizers })));
}

async function removeLedger(
  { namespace, clock }: UninstallOptions,
  removal: Removal,
  signal: AbortSignal,
): Promise<string[]> {
  const ledger = { type: ConfigMaps, namespace, labelSelector: `${ledgerLabels.ledger}=${LEDGER_LABEL_VALUE}` };
  for (let round = 0; round < LEDGER_ROUNDS; round++) {
    const left = await removal.removeAll(ledger);
    if (left.length > 0) return [...left];
    await pause(clock, LAST_WRITES_MS, signal);
    if ((await removal.list(ledger)).length === 0) break;
  }
  return inOrder([
    () => removal.removeOne(Leases, { namespace, name: MANAGER_NAME }),
    () => removal.removeOne(Secrets, { namespace, name: CA_SECRET_NAME }),
  ]);
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
  return inOrder(keys.map((key) => () => removal.removeOne(CustomResourceDefinitions, key)));
}

/** One line about an allocation that is in the way. */
function holding({ metadata, status }: PortAllocation): string {
  return `${formatKey(metadata)} ${status?.summary ?? '(no numbers yet)'}`;
}
