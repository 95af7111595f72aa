import { CATEGORY, GROUP, VERSION } from './names.ts';
import { NodeReports } from './node-report.ts';
import { PortAllocations } from './port-allocation.ts';
import { PortPools } from './port-pool.ts';
import { RoleInstanceSets } from './role-instance-set.ts';
import { RoleInstances } from './role-instance.ts';
import { structuralSchema } from './structural.ts';
import type { Column, KindDefinition, ScalePaths } from './kind.ts';
import type { StructuralSchema } from './structural.ts';

/** Every kind of Hostport. */
export const kinds: readonly KindDefinition[] = [
  PortPools,
  PortAllocations,
  RoleInstanceSets,
  RoleInstances,
  NodeReports,
];

/** The CRD of a kind. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
      readonly subresources: { readonly status: Readonly<Record<string, never>>; readonly scale?: ScalePaths };
      readonly additionalPrinterColumns: readonly Column[];
    }[];
  };
}

/** The manifest of one kind. */
export function customResourceDefinition(definition: KindDefinition): CustomResourceDefinition {
  const { kind, plural, singular, shortNames, namespaced, schema, columns, scale } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: [CATEGORY] },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: structuralSchema(schema) },
          subresources: { status: {}, ...(scale === undefined ? {} : { scale }) },
          additionalPrinterColumns: columns,
        },
      ],
    },
  };
}

/** The manifests of all kinds. */
export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  return kinds.map(customResourceDefinition);
}
