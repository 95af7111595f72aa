import type { z } from 'zod';
import { GROUP, VERSION } from './names.ts';

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  /** Above 0: only with `-o wide`. */
  readonly priority?: number;
  readonly description?: string;
}

/** The paths of an object's scale. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath: string;
}

/**
 * Everything that is known about one kind. Its type, its validator and its CRD come from this definition. It is also the
 * `ResourceType` of the client, because it says where the API server serves the kind.
 */
export interface KindDefinition<S extends z.ZodType = z.ZodType> {
  readonly group: typeof GROUP;
  readonly version: typeof VERSION;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly schema: S;
  readonly columns: readonly Column[];
  /** The paths that `kubectl scale`, autoscalers and disruption budgets use; absent if the kind can't be scaled. */
  readonly scale?: ScalePaths;
  /** Never set: it carries the type of the objects. */
  readonly objects?: z.output<S>;
}

/** Defines a kind of Hostport's group. */
export function defineKind<S extends z.ZodType>(
  definition: Omit<KindDefinition<S>, 'group' | 'version' | 'objects'>,
): KindDefinition<S> {
  return { group: GROUP, version: VERSION, ...definition };
}

/** The JSON path of a field of a condition, for a column. */
export function conditionPath(type: string, field: 'status' | 'reason'): string {
  return `.status.conditions[?(@.type=="${type}")].${field}`;
}
