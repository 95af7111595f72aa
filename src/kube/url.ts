import { invariant } from '../base/result.ts';
import type { Selection, WriteOptions } from './client.ts';
import type { ResourceType } from './resource.ts';

/** What a URL can address: a collection, one object, or a subresource of it. */
interface PathTarget {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The URL path of `target`. Throws {@link InvariantError} for one object of a namespaced kind without a namespace. */
export function resourcePath(type: ResourceType, target: PathTarget): string {
  const { namespace, name, subresource } = target;
  invariant(!type.namespaced || name === undefined || namespace, `${type.kind} ${name ?? ''} needs a namespace`);
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const within = type.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const one = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${within}/${type.plural}${one}${subresource ? `/${subresource}` : ''}`;
}

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
