import type { Selection, WriteOptions } from './client.ts';

/** A query string with its question mark, in a stable order. Undefined parameters are left out. Empty if there are none. */
export function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** The selectors as query parameters. The namespace is part of the path. */
export function selectionQuery(selection: Selection): Record<string, string | undefined> {
  return { labelSelector: selection.labelSelector, fieldSelector: selection.fieldSelector };
}

/** The query string of a write. */
export function writeQuery(options: WriteOptions, force: boolean | undefined): string {
  return queryOf({
    fieldManager: options.fieldManager,
    dryRun: options.dryRun ? 'All' : undefined,
    fieldValidation: options.strict ? 'Strict' : undefined,
    force: force ? 'true' : undefined,
  });
}
