import { grammars, isWord, wordFault } from '../core/index.ts';

/** The names of an object as it was sent: the API server hasn't validated them yet. */
interface Named {
  readonly name?: string;
  readonly generateName?: string;
}

/** The owner of an object as it was sent; the API server checks only that no field is empty. */
interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** A port of a container as it was sent. */
interface PortNamed {
  readonly name?: string;
}

/**
 * What is wrong with the name of an object, by the rules of the API server, which validates only after the webhooks: a
 * sentence that says what to write; undefined if nothing is wrong.
 */
export function namesFault({ name = '', generateName = '' }: Named): string | undefined {
  if (name !== '') return wordFault(grammars.dnsName, 'metadata.name', name);
  if (generateName === '') return 'the object has no name: write metadata.name, or metadata.generateName';
  // Letters and digits are appended, so the prefix may end with a dash.
  return isWord(grammars.dnsName, `${generateName}x`)
    ? undefined
    : wordFault(grammars.dnsName, 'metadata.generateName', generateName);
}

/** What is wrong with the `at`-th owner of an object; its name and UID may become those of a holder. */
export function ownerFault({ apiVersion, kind, name, uid }: Owner, at: number): string | undefined {
  const field = `metadata.ownerReferences[${at}]`;
  return (
    wordFault(grammars.apiVersion, `${field}.apiVersion`, apiVersion) ??
    wordFault(grammars.kind, `${field}.kind`, kind) ??
    wordFault(grammars.dnsName, `${field}.name`, name) ??
    wordFault(grammars.uid, `${field}.uid`, uid)
  );
}

/** What is wrong with the name of a container's port; a port needs no name. */
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
