import { endEnvOf, roleEnv, roleLabels } from '../../api/index.ts';
import type { PortAllocatorEntry, RoleInstance } from '../../api/index.ts';
import { invariant } from '../../base/result.ts';
import type { Literal } from '../env.ts';
import type { ComponentPorts } from './component-ports.ts';
import { roleOf } from './references.ts';
import type { GivenNumber, GivenNumbers } from './port-requests.ts';

/** The names of the variables that Hostport adds to the pods of instances. */
export const OWN_VARIABLES: ReadonlySet<string> = new Set(Object.values(roleEnv));

/** The position of a pod: its instance, component and index. */
export interface PodPlace {
  readonly instance: RoleInstance;
  readonly component: string;
  readonly index: number;
}

/** The variables from which a pod learns its position. */
export function placeLiterals({ instance, component, index }: PodPlace): readonly Literal[] {
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
export function placeLabels({ instance, component, index }: PodPlace): Readonly<Record<string, string>> {
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
export function portLiterals({ config }: ComponentPorts, given: GivenNumbers): readonly Literal[] {
  return config.allocations.flatMap((entry) => {
    const { port, endPort = port } = givenTo(entry, given);
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

/** The number that was given for `entry`: pods are created only when all of their numbers are there. */
export function givenTo({ name }: PortAllocatorEntry, given: GivenNumbers): GivenNumber {
  const number = given.get(name);
  invariant(number !== undefined, `a pod is made without the number of its port "${name}"`);
  return number;
}

function literal(name: string, value: string | number): Literal {
  return { name, value: String(value), inPlace: true };
}
