import { podAnnotations } from '../../api/index.ts';
import { isShared, ordinalIn, usesOf } from '../../allocation/index.ts';
import type { HostUse } from '../../allocation/index.ts';
import { ANY_ADDRESS, NO_POOL, addressesOverlap, isUse, isPod, parseAddress, protocolsOf } from '../../core/index.ts';
import type { Binding, Claim, Protocols } from '../../core/index.ts';
import type { AddressFamily, Pod } from '../../kube/index.ts';
import { hostPortsOf } from '../../workload/index.ts';
import type { AssignedPort, WireProtocol } from '../../workload/index.ts';
import { FAMILIES, nodeAddress } from './endpoint.ts';

/** Numbers of a pod, by the names of its ports. */
export type PortsByName = ReadonlyMap<string, AssignedPort>;

/** The claims in the ledger on `number`, in the cluster's domain and in that of the node. */
export type ClaimsOn = (number: number, nodeName: string) => readonly Claim[];

/** The numbers that a pod says it was assigned, compared with the ledger. */
export interface Entitlement {
  /** Those that the ledger has for the pod, for each address of its node. */
  readonly held: ReadonlyMap<AddressFamily, PortsByName>;
  /** Those that the ledger has at no address of its node. Empty while the node has reported no address. */
  readonly doubted: PortsByName;
}

/** A port that a pod says it has, and the claims on its number that are for the pod. */
interface ClaimedPort {
  readonly name: string;
  readonly port: AssignedPort;
  readonly claims: readonly Claim[];
}

const NONE: PortsByName = new Map();

/**
 * Decides which numbers of `pod` may be published: where the webhook isn't called, a pod's creator may write any
 * annotation. Only the protocols of a claim count, and only a claim for the node's address. A number of no pool, which
 * a sweep adopts on the pod's word, counts only as far as the spec has it as host port: then Kubernetes granted it.
 * @param told the numbers according to the pod's annotations
 * @param names the ports to decide about; default all
 */
export function entitled(
  pod: Pod,
  told: PortsByName,
  claimsOn: ClaimsOn,
  names: Iterable<string> = told.keys(),
): Entitlement {
  const isFor = forWhom(pod, told);
  const ports: ClaimedPort[] = [];
  for (const name of names) {
    const port = told.get(name);
    if (port !== undefined)
      ports.push({ name, port, claims: claimsOn(port.number, pod.spec.nodeName ?? '').filter(isFor) });
  }
  const held = new Map<AddressFamily, PortsByName>();
  const declared = declaredBy(pod);
  for (const family of FAMILIES) {
    const address = nodeAddress(pod, family);
    if (address !== undefined) held.set(family, heldAt(address, ports, declared));
  }
  return { held, doubted: held.size === 0 ? NONE : restOf(ports, [...held.values()]) };
}

/**
 * Returns a function that says whether a claim is for `pod`: its own, its ordinal's, or that of a controller above it.
 * A borrowed number has a claim of the pod itself; pods of roles have no numbers in these annotations. Unlike
 * `rightsOf` it goes by the names of ports, and needs no host port.
 */
function forWhom({ metadata }: Pod, told: PortsByName): (claim: Claim) => boolean {
  const { namespace, name, uid, annotations } = metadata;
  const token = annotations?.[podAnnotations.reservation];
  return (claim) => {
    const { holder, port, number } = claim;
    if (!isUse(claim) || holder.namespace !== namespace) return false;
    if (isPod(holder)) return holder.name === name && (holder.uid === uid || holder.uid === token);
    const ordinal = ordinalIn(holder);
    // By the name alone, which only one pod can have: the set may have been deleted without its pods.
    if (ordinal !== undefined) return name === `${ordinal.set}-${ordinal.ordinal}`;
    return isShared(holder) && told.get(port)?.number === number;
  };
}

/** The host ports of the pod's spec on a number. Few pods need it, and each is read once. */
type Declared = (number: number) => readonly HostUse[];

function declaredBy(pod: Pod): Declared {
  let byNumber: ReadonlyMap<number, readonly HostUse[]> | undefined;
  return (number) => {
    byNumber ??= Map.groupBy(usesOf(hostPortsOf(pod)), (use) => use.number);
    return byNumber.get(number) ?? [];
  };
}

function heldAt(address: string, ports: readonly ClaimedPort[], declared: Declared): PortsByName {
  const held = new Map<string, AssignedPort>();
  for (const { name, port, claims } of ports) {
    let covered = 0;
    for (const claim of claims) {
      const here = protocolsAt(address, [claim]);
      covered |= claim.pool === NO_POOL ? here & protocolsAt(address, declared(claim.number)) : here;
    }
    const part = only(port, (protocol) => (covered & protocolsOf(protocol)) !== 0);
    if (part !== undefined) held.set(name, part);
  }
  return held;
}

/** The protocols for which one of `bindings` covers an address. */
function protocolsAt(address: string, bindings: readonly Binding[]): Protocols {
  let protocols: Protocols = 0;
  for (const each of bindings) {
    const isHere = each.address === ANY_ADDRESS || addressesOverlap(each.address, parseAddress(address) ?? address);
    if (isHere) protocols |= each.protocols;
  }
  return protocols;
}

function restOf(ports: readonly ClaimedPort[], held: readonly PortsByName[]): PortsByName {
  const rest = new Map<string, AssignedPort>();
  for (const { name, port } of ports) {
    const part = only(port, (protocol) => !held.some((each) => each.get(name)?.protocols.has(protocol) === true));
    if (part !== undefined) rest.set(name, part);
  }
  return rest;
}

/** `port` with some of its protocols; undefined if none is left. */
function only(port: AssignedPort, isOne: (protocol: WireProtocol) => boolean): AssignedPort | undefined {
  const protocols = [...port.protocols].filter(isOne);
  if (protocols.length === 0) return undefined;
  return protocols.length === port.protocols.size ? port : { ...port, protocols: new Set(protocols) };
}
