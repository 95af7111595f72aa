import { GROUP, finalizers } from '../api/index.ts';
import type { GivenPort, PortAllocation, PortProtocol, PortRequest as ApiPort } from '../api/index.ts';
import { invariant } from '../base/result.ts';
import { ANY_ADDRESS, SCTP, TCP, UDP, holder, parseAddress, protocolsOf } from '../core/index.ts';
import type { GrantedPort, Holder, PortRequest, Protocols, StrategyName } from '../core/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey } from '../ledger/index.ts';

/** The kinds for whose pods an earlier version made allocations (ADR 24). */
const ROLE_KINDS: ReadonlySet<string> = new Set(['RoleInstance', 'RoleInstanceSet']);

/** A request for numbers, in the allocator's terms. */
export interface Ask {
  readonly holder: Holder;
  /** Absent: the default pool. */
  readonly poolName?: string;
  readonly nodeName?: string;
  readonly strategy?: StrategyName;
  readonly ports: readonly PortRequest[];
  /** No lower number is chosen. Without {@link poolName} it also selects the pool: a pool that contains it. */
  readonly basePort?: number;
  /**
   * The position of the holder among its siblings. The choice begins behind the numbers that the siblings before it
   * need.
   */
  readonly ordinal?: number;
  /** It doesn't matter which numbers of the pool are chosen; see `PortsRequest`. */
  readonly indifferent?: true;
  /** The holder hasn't been seen yet: its numbers are only reserved, until this time, in seconds since the epoch. */
  readonly until?: number;
  /** UIDs of reservations under the holder's name that no pod will use any longer: their numbers pass to the holder. */
  readonly insteadOf?: readonly string[];
  /**
   * What happens to numbers that the holder has and no longer asks for: they stay (`kept`) because others share them,
   * or are released in two steps (`doubted`) because they may be asked for again under the same name. Default: they are
   * released at once.
   */
  readonly rest?: 'kept' | 'doubted';
  /**
   * The answer waits for a write, even if the holder already has everything: another manager may have released the
   * numbers since. This can happen to numbers that outlive the pods that ask for them.
   */
  readonly surely?: true;
}

/**
 * The request of a `PortAllocation`. Once a pool has served it, it stays with that pool. After an edit the answer waits
 * for a write, because the edit may ask again for a port that an earlier edit dropped. Ports that an instance or a set
 * drops are released in two steps, because a pod may be about to use them.
 */
export function askOf({ metadata, spec, status }: PortAllocation): Ask {
  const poolName = spec.poolName ?? status?.poolName;
  return {
    holder: holderOf({ metadata }),
    ...(poolName === undefined ? {} : { poolName }),
    ...(spec.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
    ...(spec.strategy === undefined ? {} : { strategy: spec.strategy }),
    ports: spec.ports.map(portOf),
    ...(status?.observedGeneration === metadata.generation ? {} : { surely: true as const }),
    ...(isForPods(metadata) ? { rest: 'doubted' as const } : {}),
  };
}

/** Whether an instance or a set has the allocation for its pods. There are two signs of that; an edit may remove either. */
function isForPods({ ownerReferences = [], finalizers: kept = [] }: PortAllocation['metadata']): boolean {
  if (kept.includes(finalizers.inUse)) return true;
  return ownerReferences.some(({ apiVersion, kind, controller }) => {
    return controller === true && apiVersion.startsWith(`${GROUP}/`) && ROLE_KINDS.has(kind);
  });
}

/** A `PortAllocation` as a holder of numbers. */
export function holderOf({ metadata }: Pick<PortAllocation, 'metadata'>): Holder {
  const { namespace, name, uid } = metadata;
  return holder({ group: GROUP, kind: 'PortAllocation', namespace, name, uid });
}

/** The domain of an object's numbers: its node's if it names a node, otherwise the cluster's. */
export function domainOf({ nodeName = CLUSTER }: { readonly nodeName?: string }): DomainKey {
  return nodeName;
}

/** A requested or given port of the API, in the allocator's terms. */
export function portOf(port: ApiPort): PortRequest {
  const { name, protocol, count, hostIP } = port;
  return {
    name,
    protocols: protocolsOf(protocol),
    address: addressOf(hostIP),
    count,
    ...(port.port === undefined ? {} : { number: port.port }),
  };
}

/** A given port, as the status of an allocation shows it. */
export function givenOf({ name, protocols, address, number, count }: GrantedPort): GivenPort {
  return {
    name,
    protocol: protocolOf(protocols),
    port: number,
    ...(count > 1 ? { endPort: number + count - 1 } : {}),
    ...(address === ANY_ADDRESS ? {} : { hostIP: address }),
  };
}

/** The inverse of {@link givenOf}: a port that a status reports. */
export function grantedOf({ name, protocol, port, endPort, hostIP }: GivenPort): GrantedPort {
  const count = (endPort ?? port) - port + 1;
  return { name, protocols: protocolsOf(protocol), address: addressOf(hostIP), number: port, count };
}

function addressOf(hostIP: string | undefined): string {
  const address = parseAddress(hostIP ?? ANY_ADDRESS);
  invariant(address !== undefined, `the schema let "${hostIP}" pass as an address`);
  return address;
}

function protocolOf(protocols: Protocols): PortProtocol {
  if (protocols === (TCP | UDP)) return 'TCPUDP';
  if (protocols === SCTP) return 'SCTP';
  return protocols === UDP ? 'UDP' : 'TCP';
}
