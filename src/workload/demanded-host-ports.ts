import type { Pod } from '../kube/index.ts';
import { declaredPorts } from './container-ports.ts';
import type { DemandedPort, PodDemand } from './demanded-port.ts';
import type { PodSettings } from './settings.ts';

/**
 * Those of the demanded ports that will be ports of the host, which a namespace may forbid: all of them on the host
 * network, else those that a container declares. Numbers that are only told to the processes are none.
 */
export function demandedHostPorts(pod: Pod, { network }: PodSettings, { ports }: PodDemand): readonly DemandedPort[] {
  const declared = new Set(declaredPorts(pod).map(({ name }) => name));
  return ports.filter(({ name }) => network === 'Host' || declared.has(name));
}
