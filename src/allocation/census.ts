import { finalizers, parsePortAllocation } from '../api/index.ts';
import type { PortAllocation } from '../api/index.ts';
import { Breath } from '../base/breath.ts';
import type { KubeObject } from '../kube/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import { domainOf, grantedOf, holderOf } from './ask.ts';
import type { Belief } from './audit.ts';

/** The holders that the cluster shows, by domain. */
export interface Census {
  /** What holders say that they hold, as far as it is settled. */
  readonly beliefs: ReadonlyMap<DomainKey, readonly Belief[]>;
  /** UIDs of all objects that are seen, and the keys of holders that live by pods that are seen. */
  readonly alive: ReadonlySet<string>;
  /** The node of each pod, by the pod's UID and by its token: a pod has numbers of no other node. */
  readonly seats: ReadonlyMap<string, DomainKey | undefined>;
  /**
   * Numbers that pods use and whose holder is an object above the pods: `NAMESPACE/NUMBER`. They aren't released even
   * if the holder is gone.
   */
  readonly inUse: ReadonlySet<string>;
}

/**
 * The holders among `allocations`. After an edit the status may be about to change, so it counts only `atStart`, when
 * no controller works on it. An allocation that is being deleted may have been released already, unless pods still use
 * it. A record holds nothing: it shows what another object held when it was written. Yields to other work between two
 * objects: there may be 150,000.
 * @param isCurrent whether an object is still as it was read: an allocation that was edited since no longer says that
 *   it holds its numbers
 */
export async function takeCensus(
  allocations: readonly KubeObject[],
  moment: 'atStart' | 'running',
  isCurrent: (object: KubeObject) => boolean = () => true,
): Promise<Pick<Census, 'beliefs' | 'alive'>> {
  const breath = new Breath();
  const beliefs = new Map<DomainKey, Belief[]>();
  const alive = new Set<string>();
  for (const object of allocations) {
    await breath.take();
    alive.add(object.metadata.uid);
    const parsed = parsePortAllocation(object);
    if (!parsed.ok || isGoing(parsed.value)) continue;
    const { metadata, spec, status } = parsed.value;
    if (spec.recordOf !== undefined) continue;
    const settled = moment === 'atStart' || status?.observedGeneration === metadata.generation;
    if (status?.ports === undefined || status.poolName === undefined || !settled) continue;
    const key = domainOf(spec);
    // Taken from the cached object, which is in memory anyway: the parsed one is a copy.
    const ports = (object as PortAllocation).status?.ports ?? [];
    const known = beliefs.get(key) ?? [];
    beliefs.set(key, known);
    known.push({
      holder: holderOf({ metadata }),
      pool: status.poolName,
      ports: { [Symbol.iterator]: () => (isCurrent(object) ? ports : []).map(grantedOf).values() },
      since: Math.floor(Date.parse(metadata.creationTimestamp) / 1000),
    });
  }
  return { beliefs, alive };
}

function isGoing({ metadata }: PortAllocation): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizers.inUse) !== true;
}
