import type { PortProtocol } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { annotationsOf, nameInKey } from './annotations.ts';
import { portNumber } from './claimed.ts';
import { nameOfPort, protocolOf } from './container-ports.ts';
import { parsePortAllocator } from './port-allocator.ts';
import { MOST_PORTS } from './port-faults.ts';
import { requestedOf } from './requested.ts';
import { portAllocatorText } from './setting-texts.ts';

/** The protocol of a port as the network sees it. */
export type WireProtocol = Exclude<PortProtocol, 'TCPUDP'>;

/** A number that was assigned to a pod (the first of a block) and the protocols of its port. */
export interface AssignedPort {
  readonly number: number;
  readonly protocols: ReadonlySet<WireProtocol>;
}

/** The most annotations with numbers that a pod can have: a block has two. */
const MOST_ANNOTATIONS = 2 * MOST_PORTS;

/** Whether any number was assigned to `pod`. */
export function hasAssignedPorts(pod: Pod): boolean {
  return Object.keys(annotationsOf(pod)).some((key) => nameInKey(key) !== undefined);
}

/**
 * The numbers that were assigned to `pod`, by the names of its ports: by its annotations alone, which exist also if the
 * ports were removed from the spec. Nobody can change them later; but where the webhook isn't called, the pod's creator
 * writes them: they count only as far as the ledger says the same, and not at all if there are more than any pod is
 * assigned.
 */
export function assignedPorts(pod: Pod): ReadonlyMap<string, AssignedPort> {
  const assigned = new Map<string, AssignedPort>();
  const protocols = protocolsByPort(pod);
  for (const [key, text] of Object.entries(annotationsOf(pod))) {
    const name = nameInKey(key);
    const number = portNumber(text);
    if (name === undefined || number === undefined) continue;
    assigned.set(name, { number, protocols: protocols.get(name) ?? new Set() });
  }
  return assigned.size > MOST_ANNOTATIONS ? new Map() : assigned;
}

/**
 * The protocols of the ports of `pod`, by name: from the record of how it was written, and from its port-allocator,
 * whose ports are in no container.
 */
function protocolsByPort(pod: Pod): ReadonlyMap<string, ReadonlySet<WireProtocol>> {
  const protocols = new Map<string, Set<WireProtocol>>();
  const add = (name: string, protocol: WireProtocol): void => {
    protocols.set(name, (protocols.get(name) ?? new Set()).add(protocol));
  };
  const { containers = [], initContainers = [] } = requestedOf(pod) ?? {};
  for (const port of [...containers, ...initContainers].flatMap(({ ports }) => ports)) {
    const protocol = protocolOf(port);
    if (protocol !== undefined) add(nameOfPort(port), protocol);
  }
  for (const { name, protocol } of allocatorEntries(pod)) {
    for (const each of protocol === 'TCPUDP' ? (['TCP', 'UDP'] as const) : [protocol]) add(name, each);
  }
  return protocols;
}

function allocatorEntries(pod: Pod): readonly { readonly name: string; readonly protocol: PortProtocol }[] {
  const found = portAllocatorText(pod);
  if (typeof found === 'string') return [];
  const parsed = parsePortAllocator(found.text, found.key);
  return parsed.ok ? parsed.value.allocations : [];
}
