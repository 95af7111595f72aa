import { GROUP, podAnnotations, podResults } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';

/** The annotations of `pod`, none where it has none. */
export function annotationsOf(pod: Pod): Readonly<Record<string, string>> {
  return pod.metadata.annotations ?? {};
}

/** Whether the webhook gave `pod` its ports, or was to. */
export function wasGivenPorts(pod: Pod): boolean {
  return annotationsOf(pod)[podAnnotations.reservation] !== undefined;
}

/** The annotation with the number of the port `name`. */
export function allocatedKey(name: string): string {
  return `${podAnnotations.allocatedPrefix}${name}`;
}

/** The name of the port whose number stands in annotation `key`; undefined for other annotations. */
export function nameInKey(key: string): string | undefined {
  const { allocatedPrefix } = podAnnotations;
  return key.startsWith(allocatedPrefix) ? key.slice(allocatedPrefix.length) : undefined;
}

/** Whether `key` is of Hostport, a setting or a result, or means the same as one of its settings. */
export function isOurs(key: string): boolean {
  return key.startsWith(`${GROUP}/`) || key === podAnnotations.rbgPortAllocator;
}

/** The annotation with the last number of the block of the port `name`, which no port can be called. */
export function allocatedEndKey(name: string): string {
  return `${allocatedKey(name)}_END`;
}

/** Whether Hostport writes `key` on pods: a result, no setting. */
export function isResult(key: string): boolean {
  return nameInKey(key) !== undefined || podResults.includes(key);
}

/** The environment variable with the number of the container port `name`. */
export function envNameOf(name: string): string {
  return `HOSTPORT_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}
