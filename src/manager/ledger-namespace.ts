import { annotations, MANAGER_NAME, PortPools } from '../api/index.ts';
import { ClusterRoleBindings, CustomResourceDefinitions } from '../kube/index.ts';
import type { ClusterClient, KubeObject, ObjectKey } from '../kube/index.ts';

/** The definition that says where the ledger is: whoever uses Hostport needs it, and a cluster has one of it. */
export const portPoolDefinition: ObjectKey = { name: `${PortPools.plural}.${PortPools.group}` };

const ANNOTATION = `annotation ${annotations.ledgerNamespace} of customresourcedefinition/${portPoolDefinition.name}`;

/** Where the ledger of a cluster is, and what says so. */
export interface LedgerPlace {
  readonly namespace: string;
  /** In the words of a message. */
  readonly by: string;
}

/** The ledger of the cluster is in another namespace than was asked for. The message is whole: what was found, and what to do. */
export class LedgerNamespaceError extends Error {
  override readonly name = 'LedgerNamespaceError';

  /**
   * @param found where it is
   * @param wanted where it was asked for
   * @param advice what to do
   */
  constructor({ namespace, by }: LedgerPlace, wanted: string, advice: string) {
    super(`the ledger of this cluster is in namespace "${namespace}" (${by}), and not in "${wanted}": ${advice}`);
  }
}

/** What the definition of PortPool says; undefined where it says nothing, as installations of earlier versions. */
export function placeIn(definition: Pick<KubeObject, 'metadata'>): LedgerPlace | undefined {
  const namespace = definition.metadata.annotations?.[annotations.ledgerNamespace];
  return namespace ? { namespace, by: ANNOTATION } : undefined;
}

/**
 * Where Hostport is installed; undefined where it isn't. An installation of an earlier version is known by the account that
 * its managers' rights are bound to.
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

/** Throws {@link LedgerNamespaceError} where the installation is in another namespace; `advice` gets the name of that. */
export async function refuseElsewhere(
  { client, namespace }: { readonly client: ClusterClient; readonly namespace: string },
  advice: (found: string) => string,
  signal: AbortSignal,
): Promise<void> {
  const found = await placeOfInstallation(client, signal);
  if (found !== undefined && found.namespace !== namespace)
    throw new LedgerNamespaceError(found, namespace, advice(found.namespace));
}
