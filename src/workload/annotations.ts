import { KEY_PREFIX, podAnnotations, podResults } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';

/** The annotations of `pod`; empty if it has none. */
export function annotationsOf(pod: Pod): Readonly<Record<string, string>> {
  return pod.metadata.annotations ?? {};
}

/** Whether the webhook served `pod`: it assigned ports, or deferred them. */
export function isServed(pod: Pod): boolean {
  return annotationsOf(pod)[podAnnotations.reservation] !== undefined;
}

/** The annotation with the number of the port `name`. */
export function allocatedKey(name: string): string {
  return `${podAnnotations.allocatedPrefix}${name}`;
}

/** The name of the port whose number is in annotation `key`; undefined for other annotations. */
export function nameInKey(key: string): string | undefined {
  const { allocatedPrefix } = podAnnotations;
  return key.startsWith(allocatedPrefix) ? key.slice(allocatedPrefix.length) : undefined;
}

/** Whether `key` belongs to Hostport (a setting or a result), or is another name for one of its settings. */
export function isOurs(key: string): boolean {
  return key.startsWith(KEY_PREFIX) || key === podAnnotations.rbgPortAllocator;
}

/** The annotation with the last number of the block of the port `name`; no port can have such a name. */
export function allocatedEndKey(name: string): string {
  return `${allocatedKey(name)}_END`;
}

/** Whether Hostport writes `key` on pods, as a result. */
export function isResult(key: string): boolean {
  return nameInKey(key) !== undefined || podResults.includes(key);
}

/** The environment variable with the number of the container port `name`. */
export function envNameOf(name: string): string {
  return `HOSTPORT_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}
