import { roleLabels } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import { formerAllocationsOf, isFormerPod, podsRun } from '../../roles/index.ts';
import type { Held, Holdings, Numbers, PodSelection, WhereToLook } from '../../roles/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { lookUpRole, podScopedRequests, roleOf, roleScopedRequests } from '../../workload/role/index.ts';
import type { ComponentPorts, RoleLookup, RoleNumbers } from '../../workload/role/index.ts';
import type { Reason } from '../../kube/index.ts';

/** What an instance has in ports. */
export interface InstancePorts {
  readonly numbers: RoleNumbers;
  /** Why some are missing. */
  readonly lacking: Reason | undefined;
  /** Whether some are still to be given up. */
  readonly hasMore: boolean;
}

/** Whether `components` ask for any number of the instance's own. */
export function needsNumbers(instance: RoleInstance, components: readonly ComponentPorts[]): boolean {
  return wantedPorts(instance, components).length > 0;
}

/** The numbers of instances: their own, which they hold, and those of their sets. */
export class PortsOfInstances {
  readonly #where: WhereToLook;
  readonly #holdings: Holdings;

  constructor(where: WhereToLook, holdings: Holdings) {
    this.#where = where;
    this.#holdings = holdings;
  }

  /** Sees to it that `instance` holds what its pods need, and gives the numbers that are there. */
  async keep(
    instance: RoleInstance,
    components: readonly ComponentPorts[],
    wake: () => void,
    signal: AbortSignal,
  ): Promise<InstancePorts> {
    const { namespace, name } = instance.metadata;
    const of: PodSelection = { of: 'instance', namespace, name };
    const held = await this.#holdings.keep(
      {
        object: instance,
        ports: wantedPorts(instance, components),
        formerly: formerAllocationsOf(instance),
        mayUseMore: () => podsRun(this.#where, of, (pod) => isFormerPod(pod, instance.spec.components), signal),
        wake,
      },
      signal,
    );
    const role = setOf(instance) === undefined ? held.numbers : this.#ofSet(instance);
    const lacking = held.lacking ?? lackingIn(components, role);
    return { numbers: { pod: held.numbers, role }, lacking, hasMore: held.hasMore };
  }

  /** What is known of the roles that an instance of `namespace` refers to. */
  lookup(instance: RoleInstance): RoleLookup {
    const { namespace } = instance.metadata;
    const numbersOf = ({ metadata: { name, uid } }: { readonly metadata: { name: string; uid: string } }) =>
      this.#holdings.numbersOf({ kind: 'RoleInstanceSet', namespace, name }, uid);
    const own = roleOf(instance);
    return (reference, from) =>
      lookUpRole({ reference, from, own }, this.#where.index.setsOfRole(namespace, reference.role), numbersOf);
  }

  /** Those of the set that has the instance now; of the last one of that name, when it was let go. */
  #ofSet(instance: RoleInstance): Numbers {
    const { namespace } = instance.metadata;
    const set = { kind: 'RoleInstanceSet', namespace, name: setOf(instance) ?? '' } as const;
    return this.#holdings.numbersOf(set, controllerOf(instance)?.uid);
  }
}

/** The set that an instance says it is of. */
export function setOf({ metadata }: RoleInstance): string | undefined {
  return metadata.labels?.[roleLabels.roleInstanceSet];
}

/** What an instance holds: the ports of its pods; and what they share, where there is no set that holds it. */
function wantedPorts(instance: RoleInstance, components: readonly ComponentPorts[]) {
  const own = podScopedRequests(components);
  return setOf(instance) === undefined ? [...own, ...roleScopedRequests(components)] : own;
}

function lackingIn(components: readonly ComponentPorts[], role: Held['numbers']): Reason | undefined {
  const isThere = roleScopedRequests(components).every(({ name }) => role.has(name));
  return isThere ? undefined : { reason: 'Pending', message: 'the set has not its shared ports yet' };
}
