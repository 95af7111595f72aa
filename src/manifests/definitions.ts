import { annotations, customResourceDefinition, customResourceDefinitions, PortPools } from '../api/index.ts';
import type { CustomResourceDefinition } from '../api/index.ts';

const { metadata: portPool } = customResourceDefinition(PortPools);

/**
 * The CRDs as part of an installation whose ledger is in `namespace`, which the CRD of PortPool records. CRDs that are
 * applied alone, from `crds/`, don't name it, so that a newer version of them doesn't move the ledger.
 */
export function installedDefinitions(namespace: string): readonly CustomResourceDefinition[] {
  return customResourceDefinitions().map((definition) =>
    definition.metadata.name === portPool.name
      ? { ...definition, metadata: { ...portPool, annotations: { [annotations.ledgerNamespace]: namespace } } }
      : definition,
  );
}
