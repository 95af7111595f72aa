import { roleLabels } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import { formerAllocationsOf, isFormerPod, podsRun } from '../../roles/index.ts';
import type { Held, Holdings, Numbers, PodSelection, WhereToLook } from '../../roles/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { lookUpRole, podScopedRequests, roleOf, roleScopedRequests } from '../../workload/role/index.ts';
import type { ComponentPorts, RoleLookup, RoleNumbers } from '../../workload/role/index.ts';
import type { Reason } from '../../kube/index.ts';

/** The ports that an instance has. */
export interface InstancePorts {
  readonly numbers: RoleNumbers;
  /** Why numbers are missing; undefined when none is. */
  readonly lacking: Reason | undefined;
  /** Whether ports that aren't wanted any longer are still to be released. */
  readonly hasMore: boolean;
}

/** Whether the instance itself has to hold numbers for `components`. */
export function needsNumbers(instance: RoleInstance, components: readonly ComponentPorts[]): boolean {
  return wantedPorts(instance, components).length > 0;
}

/** Finds the numbers of instances: those that an instance holds itself, and those of its set. */
export class PortsOfInstances {
  readonly #where: WhereToLook;
  readonly #holdings: Holdings;

  constructor(where: WhereToLook, holdings: Holdings) {
    this.#where = where;
    this.#holdings = holdings;
  }

  /** Makes `instance` hold the ports that its pods need, as far as possible, and returns the numbers that are there. */
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

  /** Finds the numbers of the roles, in its own namespace, that `instance` refers to. */
  lookup(instance: RoleInstance): RoleLookup {
    const { namespace } = instance.metadata;
    const numbersOf = ({ metadata: { name, uid } }: { readonly metadata: { name: string; uid: string } }) =>
      this.#holdings.numbersOf({ kind: 'RoleInstanceSet', namespace, name }, uid);
    const own = roleOf(instance);
    return (reference, from) =>
      lookUpRole({ reference, from, own }, this.#where.index.setsOfRole(namespace, reference.role), numbersOf);
  }

  /** The numbers of the set that controls the instance; without a controller, of the last set of the labelled name. */
  #ofSet(instance: RoleInstance): Numbers {
    const { namespace } = instance.metadata;
    const set = { kind: 'RoleInstanceSet', namespace, name: setOf(instance) ?? '' } as const;
    return this.#holdings.numbersOf(set, controllerOf(instance)?.uid);
  }
}

/** The name of the set that the label of an instance has; undefined for an instance without a set. */
export function setOf({ metadata }: RoleInstance): string | undefined {
  return metadata.labels?.[roleLabels.roleInstanceSet];
}

/** The ports that an instance holds: those of its pods, and without a set also those that its pods share. */
function wantedPorts(instance: RoleInstance, components: readonly ComponentPorts[]) {
  const own = podScopedRequests(components);
  return setOf(instance) === undefined ? [...own, ...roleScopedRequests(components)] : own;
}

function lackingIn(components: readonly ComponentPorts[], role: Held['numbers']): Reason | undefined {
  const isThere = roleScopedRequests(components).every(({ name }) => role.has(name));
  return isThere ? undefined : { reason: 'Pending', message: 'the set has not its shared ports yet' };
}
