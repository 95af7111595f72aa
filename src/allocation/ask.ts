import { GROUP, finalizers } from '../api/index.ts';
import { invariant } from '../base/result.ts';
import type { PortAllocation, PortRequest as ApiPort } from '../api/index.ts';
import { ANY_ADDRESS, holder, parseAddress, protocolsOf } from '../core/index.ts';
import type { GrantedPort, Holder, PortRequest, Protocols, StrategyName } from '../core/index.ts';
import { TCP, UDP, SCTP } from '../core/index.ts';
import type { GivenPort, PortProtocol } from '../api/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey } from '../ledger/index.ts';

/** Whose allocations are of the pods that they make. */
const ROLE_KINDS: ReadonlySet<string> = new Set(['RoleInstance', 'RoleInstanceSet']);

/** What somebody asks the allocator for, in the words of the API, parsed. */
export interface Ask {
  readonly holder: Holder;
  /** Absent: the default pool. */
  readonly poolName?: string;
  readonly nodeName?: string;
  readonly strategy?: StrategyName;
  readonly ports: readonly PortRequest[];
  /** No number below this one is chosen. Without {@link poolName} it says which pool: one that has it. */
  readonly basePort?: number;
  /** Which of its siblings the holder is: an ordered choice begins behind what those before it need. */
  readonly ordinal?: number;
  /** It matters to nobody which numbers of the pool are chosen; see `PortsRequest`. */
  readonly indifferent?: true;
  /** The holder isn't seen yet: what it gets is reserved until then, in seconds since the epoch. */
  readonly until?: number;
  /** UIDs under which something is reserved for the holder's name that nobody comes for any longer: it passes on. */
  readonly insteadOf?: readonly string[];
  /**
   * What becomes of what the holder has and no longer asks for. It stays (`kept`), because others share it; or it is released in
   * two steps (`doubted`), because it may be asked for again under the same name. Default: it is released at once.
   */
  readonly rest?: 'kept' | 'doubted';
  /**
   * Answered only after a write, also with what the holder has: another manager may have released it since this one saw it,
   * as it may with whatever outlives the pods that ask for it.
   */
  readonly surely?: true;
}

/**
 * What a `PortAllocation` asks for. Once it was served, its pool is the one that served it. An edit may ask again for what an
 * earlier one dropped; and of what an instance or a set drops, a pod may be on its way.
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

/** Whether an instance or a set made it, for its pods, or somebody says so: an edit may take either mark away. */
function isForPods({ ownerReferences = [], finalizers: kept = [] }: PortAllocation['metadata']): boolean {
  if (kept.includes(finalizers.inUse)) return true;
  return ownerReferences.some(({ apiVersion, kind, controller }) => {
    return controller === true && apiVersion.startsWith(`${GROUP}/`) && ROLE_KINDS.has(kind);
  });
}

/** A `PortAllocation` as a holder of numbers. */
export function holderOf({ metadata }: Pick<PortAllocation, 'metadata'>): Holder {
  const { namespace, name, uid } = metadata;
  return holder({ group: 'hostport.io', kind: 'PortAllocation', namespace, name, uid });
}

/** The domain in which something with this node, or with none, has its numbers. */
export function domainOf({ nodeName = CLUSTER }: { readonly nodeName?: string }): DomainKey {
  return nodeName;
}

/** One asked or given port of the API in the allocator's terms. */
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

/** A given port as the status of an allocation shows it. */
export function givenOf({ name, protocols, address, number, count }: GrantedPort): GivenPort {
  return {
    name,
    protocol: protocolOf(protocols),
    port: number,
    ...(count > 1 ? { endPort: number + count - 1 } : {}),
    ...(address === ANY_ADDRESS ? {} : { hostIP: address }),
  };
}

/** The reverse of {@link givenOf}: what a status says was given. */
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
