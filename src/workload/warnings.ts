import type { Pod } from '../kube/index.ts';
import { demandedHostPorts } from './demanded-host-ports.ts';
import type { PodDemand } from './demanded-port.ts';
import type { PodSettings } from './settings.ts';

/** What the user should know about what was done to `pod`, each in a line of fewer than 120 characters. */
export function warningsFor(pod: Pod, settings: PodSettings, demand: PodDemand): readonly string[] {
  const { ports } = demand;
  const isOnHost = settings.network === 'Host' && ports.length > 0;
  const binds = demandedHostPorts(pod, settings, demand).some(({ scope }) => scope === 'RoleScoped');
  return [
    ...(settings.enabled && ports.length === 0
      ? ['hostport.io/enabled is "true", but no container declares a port: nothing was given']
      : []),
    ...(isOnHost && pod.spec.hostNetwork !== true
      ? ['hostport.io: the pod is put on the host network, where NetworkPolicies for pods do not apply']
      : []),
    ...(binds
      ? ['hostport.io: a RoleScoped port is one host port for all pods: each node can run only one of them']
      : []),
  ];
}
