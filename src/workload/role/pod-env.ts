import { endEnvOf, roleEnv, roleLabels } from '../../api/index.ts';
import type { PortAllocatorEntry, RoleInstance } from '../../api/index.ts';
import { invariant } from '../../base/result.ts';
import type { Pod } from '../../kube/index.ts';
import { portNumber } from '../claimed.ts';
import { containersOf } from '../container-ports.ts';
import type { Literal } from '../env.ts';
import { portsOfComponent } from './component-ports.ts';
import type { ComponentPorts } from './component-ports.ts';
import { podName, podScopedPort, roleScopedPort } from './names.ts';
import type { PortBlock, PortBlocks } from './port-requests.ts';
import { roleOf } from './references.ts';

/** The names of the variables that Hostport adds to the pods of instances. */
export const OWN_VARIABLES: ReadonlySet<string> = new Set(Object.values(roleEnv));

/** The position of a pod: its instance, component and index. */
export interface PodPosition {
  readonly instance: RoleInstance;
  readonly component: string;
  readonly index: number;
}

/** The variables from which a pod learns its position. */
export function positionLiterals({ instance, component, index }: PodPosition): readonly Literal[] {
  const ordinal = instance.spec.index;
  return [
    literal(roleEnv.role, roleOf(instance)),
    literal(roleEnv.instance, instance.metadata.name),
    ...(ordinal === undefined ? [] : [literal(roleEnv.instanceIndex, ordinal)]),
    literal(roleEnv.component, component),
    literal(roleEnv.componentIndex, index),
  ];
}

/** The labels that show the position of a pod. */
export function positionLabels({ instance, component, index }: PodPosition): Readonly<Record<string, string>> {
  const { metadata, spec } = instance;
  const set = metadata.labels?.[roleLabels.roleInstanceSet];
  return {
    [roleLabels.role]: roleOf(instance),
    ...(set === undefined ? {} : { [roleLabels.roleInstanceSet]: set }),
    [roleLabels.roleInstance]: metadata.name,
    ...(spec.index === undefined ? {} : { [roleLabels.instanceIndex]: String(spec.index) }),
    [roleLabels.component]: component,
    [roleLabels.componentIndex]: String(index),
  };
}

/** The variables with the numbers of a pod's own ports. */
export function portLiterals({ config }: ComponentPorts, numbers: PortBlocks): readonly Literal[] {
  return config.allocations.flatMap((entry) => {
    const { port, endPort = port } = blockOf(entry, numbers);
    const first = literal(entry.env, port);
    return entry.count > 1 ? [first, literal(endEnvOf(entry.env), endPort)] : [first];
  });
}

/** The variables with the numbers that a component's pods refer to. */
export function referenceLiterals(
  { config }: ComponentPorts,
  referred: ReadonlyMap<string, number>,
): readonly Literal[] {
  return config.references.map(({ env, from }) => {
    const number = referred.get(env);
    invariant(number !== undefined, `a pod is made without the number that "${from}" refers to`);
    return literal(env, number);
  });
}

/** The number that was assigned for `entry`: pods are created only when all of their numbers are there. */
export function blockOf({ name }: PortAllocatorEntry, numbers: PortBlocks): PortBlock {
  const block = numbers.get(name);
  invariant(block !== undefined, `a pod is made without the number of its port "${name}"`);
  return block;
}

function literal(name: string, value: string | number): Literal {
  return { name, value: String(value), inPlace: true };
}

/** A number, or a block of consecutive ones, with which a pod of an instance was created. */
export interface AssignedNumber {
  /** The name of the port in the ledger. */
  readonly name: string;
  readonly scope: PortAllocatorEntry['scope'];
  readonly protocol: PortAllocatorEntry['protocol'];
  readonly count: number;
  readonly number: number;
}

/**
 * The numbers with which `pod` was created, by its variables, which nobody can change afterwards. `instance` controls
 * the pod. Only variables that the instance's template names count, and only if the pod has the name that belongs to
 * its labels.
 */
export function numbersAssignedTo(pod: Pod, instance: RoleInstance): readonly AssignedNumber[] {
  const { name, labels = {} } = pod.metadata;
  const component = instance.spec.components.find((each) => each.name === labels[roleLabels.component]);
  const index = Number(labels[roleLabels.componentIndex]);
  if (component === undefined || name !== podName(instance.metadata.name, component.name, index)) return [];
  const config = portsOfComponent(component);
  if (!config.ok) return [];
  const env = new Map(containersOf(pod)[0]?.env?.map((variable) => [variable.name, variable.value]));
  return config.value.allocations.flatMap(({ name: port, env: variable, scope, protocol, count }) => {
    const number = portNumber(env.get(variable));
    if (number === undefined) return [];
    const isShared = scope === 'RoleScoped';
    const called = isShared ? roleScopedPort(component.name, port) : podScopedPort(component.name, index, port);
    return [{ name: called, scope, protocol, count, number }];
  });
}
