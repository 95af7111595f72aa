import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import type { Random } from '../../base/random.ts';

/** The letters of generated names in Kubernetes (`k8s.io/apimachinery/pkg/util/rand`): without vowels they form no words. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** The maximum length of the name part of an annotation and of a port's name. */
const LONGEST_KEY = 63;
const PREFIX_LENGTH = 54;
const HASH_DIGITS = 8;

/** The name of the instance of `set` with an ordinal or a suffix. */
export function instanceName(set: string, ordinalOrSuffix: number | string): string {
  return `${set}-${ordinalOrSuffix}`;
}

/** The ordinal of the instance `name` in `set`; undefined if the name contains none. */
export function ordinalIn(set: string, name: string): number | undefined {
  const [, digits] = name.startsWith(`${set}-`) ? (/^(0|[1-9][0-9]{0,8})$/.exec(name.slice(set.length + 1)) ?? []) : [];
  return digits === undefined ? undefined : Number(digits);
}

/** A suffix for an instance without an ordinal. */
export function newSuffix(random: Random): string {
  return Array.from({ length: SUFFIX_LENGTH }, () => LETTERS[random.below(LETTERS.length)]).join('');
}

/** The name of the pod of `instance` with an index in a component. */
export function podName(instance: string, component: string, index: number): string {
  return `${instance}-${component}-${index}`;
}

/** The annotation of a set and of its instances with the number of a RoleScoped port. */
export function roleScopedKey(component: string, port: string): string {
  return shortened(`${component}.${port}`);
}

/** The annotation of an instance with the number of a PodScoped port. */
export function podScopedKey(pod: string, port: string): string {
  return shortened(`${pod}.${port}`);
}

/** The name of a RoleScoped port in the ledger; its holder is the set. */
export function roleScopedPort(component: string, port: string): string {
  return portNameOf(`${component}.${port}`);
}

/** The name of a PodScoped port in the ledger; its holder is the instance. */
export function podScopedPort(component: string, index: number, port: string): string {
  return portNameOf(`${component}-${index}.${port}`);
}

/** `key`; if it is too long, its beginning and 8 hex digits of its SHA-256. */
function shortened(key: string): string {
  return key.length <= LONGEST_KEY ? key : `${key.slice(0, PREFIX_LENGTH)}-${hash(key)}`;
}

/** The same for a DNS-1123 subdomain, in which no part begins with a dash. */
function portNameOf(name: string): string {
  return name.length <= LONGEST_KEY ? name : `${name.slice(0, PREFIX_LENGTH).replace(/[.]$/, '')}-${hash(name)}`;
}

function hash(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, HASH_DIGITS);
}

/** Selects one pod of each instance of `set`, the first of its first component: counting these pods counts instances. */
export function selectorOfSet({ metadata, spec }: RoleInstanceSet): string {
  const [first] = spec.template.spec.components;
  return [
    `${roleLabels.roleInstanceSet}=${metadata.name}`,
    `${roleLabels.component}=${first?.name ?? ''}`,
    `${roleLabels.componentIndex}=0`,
  ].join(',');
}

/** The label of all pods of `instance`. */
export function selectorOfInstance({ metadata }: RoleInstance): string {
  return `${roleLabels.roleInstance}=${metadata.name}`;
}
