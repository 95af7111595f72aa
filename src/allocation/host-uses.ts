import type { PortProtocol } from '../api/index.ts';
import {
  ANY_ADDRESS,
  covers,
  isPortNumber,
  isRole,
  isPod,
  isUse,
  mayLend,
  parseAddress,
  protocolsOf,
} from '../core/index.ts';
import type { Binding, Claim, Holder } from '../core/index.ts';
import type { Pod } from '../kube/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { podHolder } from './pod-holders.ts';
import { formerRolesOfPod, rolesOfPod } from './role-holders.ts';

/** A host port that a pod declares. */
export interface HostPort {
  readonly number: number;
  readonly protocol: PortProtocol;
  readonly hostIP?: string;
  readonly port: string;
}

/** A declared host port in the allocator's terms. */
export interface HostUse extends Binding {
  readonly number: number;
  readonly port: string;
}

/** `ports` in the allocator's terms, without those whose number isn't a port number. */
export function usesOf(ports: readonly HostPort[]): readonly HostUse[] {
  return ports
    .filter(({ number }) => isPortNumber(number))
    .map(({ number, protocol, hostIP, port }) => {
      const address = parseAddress(hostIP ?? ANY_ADDRESS) ?? ANY_ADDRESS;
      return { number, protocols: protocolsOf(protocol), address, port };
    });
}

/**
 * Returns a function that says whether `ledger` has a number for `pod`, at every address and for every protocol that
 * the pod declares. The claim may be the pod's own, under its UID or the `token` of its reservation; that of a
 * controller above a pod that has a token; or, for a pod of a role, that of its instance or set, or of the allocation
 * that an earlier version made in their place.
 */
export function rightsOf(
  ledger: Pick<Ledger, 'domain'>,
  pod: Pod,
  token: string | undefined,
): (use: Omit<HostUse, 'port'>) => boolean {
  const { metadata, spec } = pod;
  const roles = new Set([...rolesOfPod(pod), ...formerRolesOfPod(pod)]);
  const { namespace = '', name, uid } = metadata;
  const { key: own } = podHolder({ namespace, name, uid });
  const isIts = (claim: Claim): boolean => {
    const { holder } = claim;
    if (!isUse(claim)) return false;
    if (roles.has(holder.key)) return true;
    if (holder.key === own) return holder.uid === uid || holder.uid === token;
    return token !== undefined && holder.namespace === namespace && mayStandAbovePods(holder);
  };
  const domains = [CLUSTER, spec.nodeName ?? CLUSTER];
  return (use) =>
    domains.some((key) => {
      const claims = ledger.domain(key).claimsOn(use.number);
      return claims.some((claim) => isIts(claim) && covers(claim, use));
    });
}

function mayStandAbovePods(holder: Holder): boolean {
  return !isPod(holder) && !isRole(holder) && !mayLend(holder);
}
