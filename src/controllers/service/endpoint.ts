import type { AddressFamily, Endpoint, Pod, Service } from '../../kube/index.ts';
import { mayUsePorts } from '../../workload/index.ts';

/** The address families, in the order in which they are handled. */
export const FAMILIES: readonly AddressFamily[] = ['IPv4', 'IPv6'];

/** The address of the pod's node in a family; undefined if the node has none, or hasn't reported it yet. */
export function nodeAddress({ status = {} }: Pod, family: AddressFamily): string | undefined {
  const { hostIP, hostIPs = hostIP === undefined ? [] : [{ ip: hostIP }] } = status;
  return hostIPs.map(({ ip }) => ip).find((ip) => ip !== '' && familyOf(ip) === family);
}

function familyOf(address: string): AddressFamily {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** Whether `service` uses addresses of a family. */
export function takes({ spec }: Service, family: AddressFamily): boolean {
  return spec?.ipFamilies?.includes(family) ?? true;
}

/** Whether the pod can be found: it is on a node, and hasn't finished. */
export function isFindable(pod: Pod): boolean {
  return (pod.spec.nodeName ?? '') !== '' && mayUsePorts(pod);
}

/** `pod` at `address`, with the conditions that the built-in controller would write. */
export function endpointOf(pod: Pod, address: string, service: Service, zone: string | undefined): Endpoint {
  const { namespace, name, uid, deletionTimestamp } = pod.metadata;
  const { nodeName = '', hostname = '', subdomain } = pod.spec;
  const serving = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  const terminating = deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname !== '' && subdomain === service.metadata.name ? { hostname } : {}),
    nodeName,
    ...(zone === undefined || zone === '' ? {} : { zone }),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
  };
}
