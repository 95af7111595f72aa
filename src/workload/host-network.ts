import { declaredPorts } from './container-ports.ts';
import type { DemandedPort } from './demand.ts';
import type { PodRequest } from './read-pod.ts';

/** The label by which Pod Security enforces a level in a namespace (KEP-2579). */
const ENFORCE = 'pod-security.kubernetes.io/enforce';

/**
 * The demanded ports that will be host ports, which a namespace may forbid: all of them on the host network, otherwise
 * those that a container declares. A number that only the processes learn is not a host port.
 */
export function demandedHostPorts({ original, settings, demand }: PodRequest): readonly DemandedPort[] {
  const declared = new Set(declaredPorts(original).map(({ name }) => name));
  return demand.ports.filter(({ name }) => settings.network === 'Host' || declared.has(name));
}

/**
 * The label, as `key=value`, by which a namespace forbids host ports; undefined if it doesn't. The levels baseline and
 * restricted of Pod Security do, and any level that it doesn't know, which it treats as restricted.
 */
export function forbidsHostPorts(namespaceLabels: Readonly<Record<string, string>> | undefined): string | undefined {
  const level = namespaceLabels?.[ENFORCE];
  return level === undefined || level === 'privileged' ? undefined : `${ENFORCE}=${level}`;
}

/** The fields of the spec that decide on which network the pod is. */
export interface NetworkFields {
  readonly hostNetwork?: boolean;
  readonly dnsPolicy?: string;
}

/** The fields that change when the pod of `request` gets its ports; none for a pod that stays on its network. */
export function networkFor({ original: { spec }, settings, demand }: PodRequest): NetworkFields {
  if (settings.network === 'Pod' || demand.ports.length === 0) return {};
  const resolvesInCluster = (spec.dnsPolicy ?? 'ClusterFirst') === 'ClusterFirst';
  return {
    ...(spec.hostNetwork === true ? {} : { hostNetwork: true }),
    ...(resolvesInCluster ? { dnsPolicy: 'ClusterFirstWithHostNet' } : {}),
  };
}

/**
 * Warnings for the user about the changes to the pod of `request`; empty if there are none. Each has fewer than 120
 * characters, as `k8s.io/api/admission/v1` recommends.
 */
export function warningsFor(request: PodRequest): readonly string[] {
  const { original, settings, demand } = request;
  const { ports } = demand;
  const isOnHost = settings.network === 'Host' && ports.length > 0;
  const binds = demandedHostPorts(request).some(({ scope }) => scope === 'RoleScoped');
  return [
    ...(settings.enabled && ports.length === 0
      ? ['hostport.io/enabled is "true", but no container declares a port: nothing was given']
      : []),
    ...(isOnHost && original.spec.hostNetwork !== true
      ? ['hostport.io: the pod is put on the host network, where NetworkPolicies for pods do not apply']
      : []),
    ...(binds
      ? ['hostport.io: a RoleScoped port is one host port for all pods: each node can run only one of them']
      : []),
  ];
}
