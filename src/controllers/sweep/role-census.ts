import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import { holderOfRole, portOf, rolesOfPod } from '../../allocation/index.ts';
import type { Allocator, Belief, Pools } from '../../allocation/index.ts';
import { Breath } from '../../base/breath.ts';
import { NO_POOL, mayLend } from '../../core/index.ts';
import type { Holder } from '../../core/index.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import { controllerOf, mayUsePorts } from '../../workload/index.ts';
import { numbersAssignedTo } from '../../workload/role/index.ts';
import type { AssignedNumber } from '../../workload/role/index.ts';

/** What the count of roles needs. */
export interface RoleCensusParts {
  readonly pods: ResourceCache<Pod>;
  readonly instances: ResourceCache<RoleInstance>;
  readonly sets: ResourceCache<RoleInstanceSet>;
  readonly allocator: Pick<Allocator, 'claimsUnder' | 'holdersOf'>;
  readonly pools: Pick<Pools, 'with' | 'handingOut'>;
}

/**
 * The sets and instances that exist, or of which running pods exist; and what they hold according to their pods. That
 * counts only for ports that the ledger has lost.
 */
export async function countRoles(parts: RoleCensusParts): Promise<{
  readonly alive: ReadonlySet<string>;
  readonly beliefs: readonly Belief[];
}> {
  const { pods, instances, sets } = parts;
  const breath = new Breath();
  const alive = new Set<string>();
  for (const { metadata } of sets.list()) alive.add(metadata.uid);
  for (const instance of instances.list()) {
    await breath.take();
    alive.add(instance.metadata.uid);
    // An instance that was taken from its set needs the set's numbers for the pods that it will create.
    for (const key of rolesOfPod(instance)) alive.add(key);
  }
  const beliefs = new Map<string, Belief>();
  for (const pod of pods.list()) {
    const keys = rolesOfPod(pod);
    if (keys.length === 0 || !mayUsePorts(pod)) continue;
    await breath.take();
    for (const key of keys) alive.add(key);
    // Pods that share a number say the same.
    for (const [holder, told] of toldBy(pod, parts))
      beliefs.set(`${holder.uid} ${told.name}`, believe(pod, holder, told, parts));
  }
  return { alive, beliefs: [...beliefs.values()] };
}

/** What a pod says about the numbers of its role, except for ports that the ledger knows otherwise. */
function toldBy(
  pod: Pod,
  { instances, sets, allocator }: RoleCensusParts,
): readonly (readonly [holder: Holder, told: AssignedNumber])[] {
  const { namespace = '' } = pod.metadata;
  const controller = controllerOf(pod);
  const instance = controller?.kind === 'RoleInstance' ? instances.get(namespace, controller.name) : undefined;
  if (instance === undefined || instance.metadata.uid !== controller?.uid) return [];
  const above = controllerOf(instance);
  const set = above?.kind === 'RoleInstanceSet' ? sets.get(namespace, above.name) : undefined;
  const shared = above === undefined ? instance : set?.metadata.uid === above.uid ? set : undefined;
  return numbersAssignedTo(pod, instance).flatMap((told) => {
    const object = told.scope === 'PodScoped' ? instance : shared;
    if (object === undefined) return [];
    const holder = holderOfRole(object);
    const known = allocator.claimsUnder(holder.key).filter(({ port }) => port === told.name);
    const isElse = known.length > 0 && !known.some(({ number }) => number === told.number);
    // The owner of an allocation takes over its numbers.
    const isLent = allocator.holdersOf(told.number).some((by) => mayLend(by) && by.namespace === namespace);
    return isElse || (isLent && known.length === 0) ? [] : [[holder, told] as const];
  });
}

function believe(pod: Pod, holder: Holder, told: AssignedNumber, { pools }: RoleCensusParts): Belief {
  const { name, protocol, count, number } = told;
  return {
    holder,
    pool: pools.with(number)[0] ?? NO_POOL,
    poolOf: (each) => pools.handingOut(each, undefined),
    ports: [{ ...portOf({ name, protocol, count }), number }],
    since: Math.floor(Date.parse(pod.metadata.creationTimestamp) / 1000),
  };
}
