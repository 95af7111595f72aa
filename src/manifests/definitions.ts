import { annotations, customResourceDefinition, customResourceDefinitions, PortPools } from '../api/index.ts';
import type { CustomResourceDefinition } from '../api/index.ts';

const { metadata: portPool } = customResourceDefinition(PortPools);

/**
 * The kinds, as part of an installation whose ledger is in `namespace`: the definition of PortPool says so. Definitions that
 * are applied alone, as `crds/`, leave it to the installation, so that a newer version of them moves no ledger.
 */
export function installedDefinitions(namespace: string): readonly CustomResourceDefinition[] {
  return customResourceDefinitions().map((definition) =>
    definition.metadata.name === portPool.name
      ? { ...definition, metadata: { ...portPool, annotations: { [annotations.ledgerNamespace]: namespace } } }
      : definition,
  );
}
