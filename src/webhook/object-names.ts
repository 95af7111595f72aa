import { grammars, isWord, wordFault } from '../core/index.ts';

/** The names of an object as it is sent: before the API server has looked at them. */
export interface Named {
  readonly name?: string;
  readonly generateName?: string;
}

/** The owner of an object as it is sent; the API server checks of it only that each word is there. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** A port of a container as it is sent. */
export interface PortNamed {
  readonly name?: string;
}

/**
 * What is wrong with what an object is called, by the rules of the API server, which looks after us: a sentence that says
 * what to write; undefined where nothing is.
 */
export function namesFault({ name = '', generateName = '' }: Named): string | undefined {
  if (name !== '') return wordFault(grammars.dnsName, 'metadata.name', name);
  if (generateName === '') return 'the object has no name: write metadata.name, or metadata.generateName';
  // Letters and digits follow, so that it may end with a dash.
  return isWord(grammars.dnsName, `${generateName}x`)
    ? undefined
    : wordFault(grammars.dnsName, 'metadata.generateName', generateName);
}

/** What is wrong with the `at`-th owner of an object, whose name and UID may become those of a holder. */
export function ownerFault({ apiVersion, kind, name, uid }: Owner, at: number): string | undefined {
  const field = `metadata.ownerReferences[${at}]`;
  return (
    wordFault(grammars.apiVersion, `${field}.apiVersion`, apiVersion) ??
    wordFault(grammars.kind, `${field}.kind`, kind) ??
    wordFault(grammars.dnsName, `${field}.name`, name) ??
    wordFault(grammars.uid, `${field}.uid`, uid)
  );
}

/** What is wrong with the name of a port of a container; it may have none. */
export function portNameFault(container: string, { name = '' }: PortNamed): string | undefined {
  if (name === '' || isWord(grammars.portName, name)) return undefined;
  return wordFault(grammars.portName, `port of container ${JSON.stringify(container)}:`, name);
}

/** The first fault that `check` finds in `items`. */
export function firstFault<T>(
  items: readonly T[],
  check: (item: T, at: number) => string | undefined,
): string | undefined {
  for (const [at, item] of items.entries()) {
    const fault = check(item, at);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
