import type { Selection, WriteOptions } from './client.ts';

/** A query with its question mark, in a stable order; what is undefined is left out. */
export function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** The selectors; the namespace is part of the path. */
export function selectionQuery(selection: Selection): Record<string, string | undefined> {
  return { labelSelector: selection.labelSelector, fieldSelector: selection.fieldSelector };
}

/** What a write says beside its body. */
export function writeQuery(options: WriteOptions, force: boolean | undefined): string {
  return queryOf({
    fieldManager: options.fieldManager,
    dryRun: options.dryRun ? 'All' : undefined,
    fieldValidation: options.strict ? 'Strict' : undefined,
    force: force ? 'true' : undefined,
  });
}
