import { roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import { keyOf } from '../../kube/index.ts';
import type { Pod, Reason } from '../../kube/index.ts';
import { isFormerPod, podsRun, roleNameOf } from '../../roles/index.ts';
import type { Numbers, RoleReconcilerParts } from '../../roles/index.ts';
import { controllerOf } from '../../workload/index.ts';
import {
  lookUpRole,
  podScopedAnnotations,
  podScopedRequests,
  roleOf,
  roleScopedAnnotations,
  roleScopedRequests,
} from '../../workload/role/index.ts';
import type { ComponentPorts, RoleLookup, RoleNumbers } from '../../workload/role/index.ts';

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

type Parts = Pick<RoleReconcilerParts, 'client' | 'index' | 'holdings' | 'enqueue'>;

/**
 * Makes `instance` hold the ports that its pods need, as far as possible. Numbers that are missing have the instance reconciled
 * again when they may be there.
 * @returns the numbers that are there: those of the instance, and those of its set
 */
export async function keepPorts(
  parts: Parts,
  instance: RoleInstance,
  components: readonly ComponentPorts[],
  signal: AbortSignal,
): Promise<InstancePorts> {
  const ports = wantedPorts(instance, components);
  const isFormer = (pod: Pod): boolean => isFormerPod(pod, instance.spec.components);
  const mayUseMore = () => podsRun(parts, roleNameOf(instance), isFormer, signal);
  const wake = () => parts.enqueue(keyOf(instance));
  const held = await parts.holdings.keep({ object: instance, ports, mayUseMore, wake }, signal);
  const role = setNameOf(instance) === undefined ? held.numbers : numbersOfSet(parts, instance);
  const lacking = held.lacking ?? lackingIn(components, role);
  return { numbers: { pod: held.numbers, role }, lacking, hasMore: held.hasMore };
}

/** Finds the numbers of the roles, in its own namespace, that `instance` refers to. */
export function lookupFor({ index, holdings }: Pick<Parts, 'index' | 'holdings'>, instance: RoleInstance): RoleLookup {
  const { namespace } = instance.metadata;
  const own = roleOf(instance);
  const numbersOf = (set: RoleInstanceSet): Numbers => holdings.numbersOf(roleNameOf(set), set.metadata.uid);
  return (reference, from) =>
    lookUpRole({ reference, from, own }, index.setsOfRole(namespace, reference.role), numbersOf);
}

/** The numbers of the set that controls the instance; without a controller, of the last set of the labelled name. */
function numbersOfSet({ holdings }: Pick<Parts, 'holdings'>, instance: RoleInstance): Numbers {
  const { namespace } = instance.metadata;
  const set = { kind: 'RoleInstanceSet', namespace, name: setNameOf(instance) ?? '' } as const;
  return holdings.numbersOf(set, controllerOf(instance)?.uid);
}

/** The name of the set that the label of an instance has; undefined for an instance without a set. */
export function setNameOf({ metadata }: RoleInstance): string | undefined {
  return metadata.labels?.[roleLabels.roleInstanceSet];
}

/** The ports that an instance holds: those of its pods, and without a set also those that its pods share. */
function wantedPorts(instance: RoleInstance, components: readonly ComponentPorts[]) {
  const own = podScopedRequests(components);
  return setNameOf(instance) === undefined ? [...own, ...roleScopedRequests(components)] : own;
}

function lackingIn(components: readonly ComponentPorts[], role: Numbers): Reason | undefined {
  const isThere = roleScopedRequests(components).every(({ name }) => role.has(name));
  return isThere ? undefined : { reason: 'Pending', message: 'the set has not its shared ports yet' };
}

/**
 * The merge patch that makes an instance show its numbers and how many pods it has; undefined when nothing has to change.
 * Annotations are overwritten and never read as facts.
 */
export function shownChange(
  { metadata, spec }: RoleInstance,
  components: readonly ComponentPorts[],
  numbers: RoleNumbers,
): object | undefined {
  const wanted: Record<string, string | null> = {
    ...roleScopedAnnotations(components, numbers.role),
    ...podScopedAnnotations(metadata.name, components, numbers.pod),
  };
  const shown = metadata.annotations ?? {};
  const isStale = (key: string): boolean =>
    key.startsWith(`${metadata.name}-`) && /^\d+$/.test(shown[key] ?? '') && !(key in wanted);
  const stale = numbers.pod.size === 0 ? [] : Object.keys(shown).filter(isStale);
  const changed = Object.entries(wanted).filter(([key, value]) => shown[key] !== value);
  const annotations = Object.fromEntries([...changed, ...stale.map((key) => [key, null] as const)]);
  const replicas = spec.components.reduce((sum, { size }) => sum + size, 0);
  const hasAll = Object.keys(annotations).length === 0;
  if (hasAll && spec.replicas === replicas) return undefined;
  return {
    ...(hasAll ? {} : { metadata: { annotations } }),
    ...(spec.replicas === replicas ? {} : { spec: { replicas } }),
  };
}
