import { declaredPorts } from './container-ports.ts';
import type { PodRequest } from './read-pod.ts';
import type { DemandedPort } from './demanded-port.ts';

/**
 * Those of the demanded ports that will be ports of the host, which a namespace may forbid: all of them on the host
 * network, else those that a container declares. Numbers that are only told to the processes are none.
 */
export function demandedHostPorts({ original, settings, demand }: PodRequest): readonly DemandedPort[] {
  const declared = new Set(declaredPorts(original).map(({ name }) => name));
  return demand.ports.filter(({ name }) => settings.network === 'Host' || declared.has(name));
}

const ENFORCE = 'pod-security.kubernetes.io/enforce';

/**
 * The label, as `key=value`, by which a namespace forbids host ports; undefined where it doesn't. Pod Security's level
 * baseline does, and restricted, and anything that it doesn't know, which it takes for restricted.
 */
export function forbidsHostPorts(namespaceLabels: Readonly<Record<string, string>> | undefined): string | undefined {
  const level = namespaceLabels?.[ENFORCE];
  return level === undefined || level === 'privileged' ? undefined : `${ENFORCE}=${level}`;
}
