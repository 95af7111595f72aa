import { holder, parseAddress, ANY_ADDRESS, isPortNumber, protocolsOf } from '../core/index.ts';
import type { Claim } from '../core/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import type { Pod, ResourceCache } from '../kube/index.ts';
import type { PortProtocol } from '../api/index.ts';
import type { Observe } from './observations.ts';

/** A host port that a pod took without asking. */
export interface StrangePort {
  readonly number: number;
  readonly protocol: PortProtocol;
  readonly hostIP?: string;
  readonly port: string;
}

/**
 * Keeps the host ports observed that pods have without having asked: in the cluster's domain one on any node blocks,
 * in a node's domain those of its own pods. They are never released by us.
 *
 * @param strangePorts what of a pod counts; nothing of one that asked, or that has ended
 */
export function observeHostPorts(
  pods: ResourceCache<Pod>,
  observed: Observe,
  strangePorts: (pod: Pod) => readonly StrangePort[],
): Disposable {
  const seen = new Map<string, readonly Claim[]>();
  const known = new Map<string, Placed>();
  return pods.subscribe(({ type, object }) => {
    const { uid } = object.metadata;
    const before = known.get(uid);
    const after = type === 'deleted' ? undefined : placedOf(object, strangePorts(object));
    if (before === undefined && after === undefined) return;
    if (after === undefined) known.delete(uid);
    else known.set(uid, after);
    for (const [key, number] of placesOf([before, after])) {
      const place = `${key} ${number}`;
      const others = (seen.get(place) ?? []).filter((claim) => claim.holder.uid !== uid);
      const own = after?.domains.includes(key) === true ? after.claims.filter((claim) => claim.number === number) : [];
      const all = [...others, ...own];
      if (all.length === 0) seen.delete(place);
      else seen.set(place, all);
      observed.observe(key, number, all);
    }
  });
}

interface Placed {
  readonly domains: readonly DomainKey[];
  readonly claims: readonly Claim[];
}

function placedOf({ metadata, spec }: Pod, ports: readonly StrangePort[]): Placed | undefined {
  if (ports.length === 0) return undefined;
  const { namespace = '', name, uid } = metadata;
  const by = holder({ group: '', kind: 'Pod', namespace, name, uid });
  const time = Math.floor(Date.parse(metadata.creationTimestamp) / 1000);
  const claims = ports
    .filter(({ number }) => isPortNumber(number))
    .map(({ number, protocol, hostIP, port }): Claim => {
      const address = parseAddress(hostIP ?? ANY_ADDRESS) ?? ANY_ADDRESS;
      return { number, protocols: protocolsOf(protocol), address, pool: '', holder: by, port, state: 'observed', time };
    });
  return { domains: [CLUSTER, ...(spec.nodeName === undefined ? [] : [spec.nodeName])], claims };
}

function placesOf(placed: readonly (Placed | undefined)[]): readonly (readonly [DomainKey, number])[] {
  const places = new Map<string, readonly [DomainKey, number]>();
  for (const each of placed) {
    for (const key of each?.domains ?? []) {
      for (const { number } of each?.claims ?? []) places.set(`${key} ${number}`, [key, number]);
    }
  }
  return [...places.values()];
}
