import { annotations, MANAGER_NAME, PortPools } from '../api/index.ts';
import { ClusterRoleBindings, CustomResourceDefinitions } from '../kube/index.ts';
import type { ClusterClient, KubeObject, ObjectKey } from '../kube/index.ts';

/** The CRD that names the namespace of the ledger: every installation has it, once. */
export const portPoolDefinition: ObjectKey = { name: `${PortPools.plural}.${PortPools.group}` };

const ANNOTATION = `annotation ${annotations.ledgerNamespace} of customresourcedefinition/${portPoolDefinition.name}`;

/** The place of a cluster's ledger, and how it is known. */
interface LedgerPlace {
  readonly namespace: string;
  /** Worded for a message. */
  readonly by: string;
}

/**
 * The ledger of the cluster is in another namespace than the requested one. The message is complete: it says what was
 * found, and what to do.
 */
export class LedgerNamespaceError extends Error {
  override readonly name = 'LedgerNamespaceError';

  /**
   * @param found the place of the ledger
   * @param wanted the requested namespace
   * @param advice what to do
   */
  constructor({ namespace, by }: LedgerPlace, wanted: string, advice: string) {
    super(`the ledger of this cluster is in namespace "${namespace}" (${by}), and not in "${wanted}": ${advice}`);
  }
}

/** The place according to the CRD of PortPool; undefined if it names none, as in installations of earlier versions. */
export function placeIn(definition: Pick<KubeObject, 'metadata'>): LedgerPlace | undefined {
  const namespace = definition.metadata.annotations?.[annotations.ledgerNamespace];
  return namespace ? { namespace, by: ANNOTATION } : undefined;
}

/**
 * The place of the installation; undefined if there is none. The installation of an earlier version is known by the
 * account to which its managers' rights are bound.
 */
export async function placeOfInstallation(
  client: ClusterClient,
  signal: AbortSignal,
): Promise<LedgerPlace | undefined> {
  const definition = await client.find(CustomResourceDefinitions, portPoolDefinition, { signal });
  if (definition === undefined) return undefined;
  const said = placeIn(definition);
  if (said !== undefined) return said;
  const binding = await client.find(ClusterRoleBindings, { name: MANAGER_NAME }, { signal });
  const namespace = binding?.subjects?.find(({ kind }) => kind === 'ServiceAccount')?.namespace;
  return namespace ? { namespace, by: `the subject of clusterrolebinding/${MANAGER_NAME}` } : undefined;
}

/** Throws {@link LedgerNamespaceError} if the installation is in another namespace, whose name `advice` gets. */
export async function refuseElsewhere(
  { client, namespace }: { readonly client: ClusterClient; readonly namespace: string },
  advice: (found: string) => string,
  signal: AbortSignal,
): Promise<void> {
  const found = await placeOfInstallation(client, signal);
  if (found !== undefined && found.namespace !== namespace)
    throw new LedgerNamespaceError(found, namespace, advice(found.namespace));
}
