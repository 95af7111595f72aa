import { declaredPorts } from './container-ports.ts';
import type { PodRequest } from './read-pod.ts';
import type { DemandedPort } from './demanded-port.ts';

/**
 * The demanded ports that will be host ports, which a namespace may forbid: all of them on the host network, otherwise
 * those that a container declares. A number that only the processes learn is not a host port.
 */
export function demandedHostPorts({ original, settings, demand }: PodRequest): readonly DemandedPort[] {
  const declared = new Set(declaredPorts(original).map(({ name }) => name));
  return demand.ports.filter(({ name }) => settings.network === 'Host' || declared.has(name));
}

const ENFORCE = 'pod-security.kubernetes.io/enforce';

/**
 * The label, as `key=value`, by which a namespace forbids host ports; undefined if it doesn't. The levels baseline and
 * restricted of Pod Security do, and any level that it doesn't know, which it treats as restricted.
 */
export function forbidsHostPorts(namespaceLabels: Readonly<Record<string, string>> | undefined): string | undefined {
  const level = namespaceLabels?.[ENFORCE];
  return level === undefined || level === 'privileged' ? undefined : `${ENFORCE}=${level}`;
}
