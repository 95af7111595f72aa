import { demandedHostPorts } from './forbidden-host-ports.ts';
import type { PodRequest } from './read-pod.ts';

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
