import { endEnvOf, KEY_PREFIX, LARGEST_REQUEST, parsePortReference } from '../../api/index.ts';
import type { PortAllocatorEntry, RoleComponent, RoleInstanceSet } from '../../api/index.ts';
import type { PodSpec } from '../../kube/index.ts';
import { protocolOf } from '../container-ports.ts';
import { PORT_TEXTS, portsOfComponent, portsText } from './component-ports.ts';
import type { ComponentPorts } from './component-ports.ts';
import { OWN_VARIABLES } from './pod-env.ts';
import { referenceFault, roleOf } from './references.ts';

/** A role as it is written, in a set or in a single instance. */
interface Role {
  readonly name: string;
  /** A pattern of the names of its instances. */
  readonly instances: string;
  readonly components: readonly RoleComponent[];
  /** The components before the change; absent on creation. */
  readonly before?: readonly RoleComponent[];
}

/**
 * Everything that keeps `set` from working and that no schema can check, a sentence each; empty if nothing does. Other
 * objects (pools, other roles) are not considered.
 * @param before the set before the change, if it is being changed
 */
export function setFaults(set: RoleInstanceSet, before?: RoleInstanceSet): readonly string[] {
  return faultsOfRole({
    name: roleOf(set),
    instances: `${set.metadata.name}-[0-9a-z]+`,
    components: set.spec.template.spec.components,
    ...(before === undefined ? {} : { before: before.spec.template.spec.components }),
  });
}

function faultsOfRole(role: Role): readonly string[] {
  const read = role.components.map((component) => ({ component, config: portsOfComponent(component) }));
  const unread = read.flatMap(({ config }) => (config.ok ? [] : [config.error.message]));
  // References to ports that can't be read would be reported wrongly.
  if (unread.length > 0) return unread;
  const known = read.flatMap(({ component, config }) => (config.ok ? [{ component, config: config.value }] : []));
  return [
    ...changedPorts(role),
    ...known.flatMap((each) =>
      [...variableFaults(each), ...annotationFaults(each), ...containerFaults(each)].map(
        (fault) => `component "${each.component.name}": ${fault}`,
      ),
    ),
    ...known.flatMap((each) => referenceFaults(role.name, each, known)),
    ...keyFaults(role, known),
    ...sizeFaults(known),
  ];
}

function changedPorts({ components, before = [] }: Role): readonly string[] {
  return components.flatMap((component) => {
    const former = before.find(({ name }) => name === component.name);
    return former === undefined || portsText(former) === portsText(component)
      ? []
      : [
          `component "${component.name}": the ports of a component that is there stay as they are: give the component another name, or remove it and add it again when its pods are gone`,
        ];
  });
}

function variablesOf({ env, count }: PortAllocatorEntry): readonly string[] {
  return count > 1 ? [env, endEnvOf(env)] : [env];
}

function variableFaults({ config }: ComponentPorts): readonly string[] {
  const variables = [...config.allocations.flatMap(variablesOf), ...config.references.map(({ env }) => env)];
  return variables
    .filter((variable) => OWN_VARIABLES.has(variable))
    .map((variable) => `env "${variable}" tells pods which one they are: write another name`);
}

/**
 * With another annotation of Hostport the webhook would assign ports to the pod as well, different from those in its
 * variables.
 */
function annotationFaults({ component, config }: ComponentPorts): readonly string[] {
  if (config.allocations.length + config.references.length === 0) return [];
  const texts: ReadonlySet<string> = new Set(PORT_TEXTS);
  return Object.keys(component.template.metadata?.annotations ?? {})
    .filter((key) => key.startsWith(KEY_PREFIX) && !texts.has(key))
    .map((key) => `annotation ${key} is for pods by themselves: leave it out (the pool is spec.poolName)`);
}

/** A container port takes the number of the port with its name: the name must be unique, and the protocols equal. */
function containerFaults({ component, config }: ComponentPorts): readonly string[] {
  const { containers, initContainers = [] } = component.template.spec as unknown as PodSpec;
  const declared = [...containers, ...initContainers].flatMap(({ name: container, ports = [] }) =>
    ports.map((port) => ({ container, port })),
  );
  return config.allocations.flatMap(({ name, protocol }) => {
    const named = declared.filter(({ port }) => port.name === name);
    const [first, second] = named;
    if (first !== undefined && second !== undefined) {
      return [
        `port "${name}" is declared by container "${first.container}" and by container "${second.container}": give one of them another name`,
      ];
    }
    const spoken = first === undefined ? protocol : protocolOf(first.port);
    const covered = spoken === protocol || (protocol === 'TCPUDP' && spoken !== 'SCTP');
    return covered
      ? []
      : [
          `port "${name}" is ${spoken ?? String(first?.port.protocol)} in its container and ${protocol} in what is asked for: write one protocol in both`,
        ];
  });
}

function referenceFaults(
  role: string,
  { component, config }: ComponentPorts,
  all: readonly ComponentPorts[],
): readonly string[] {
  return config.references.flatMap(({ from }) => {
    const reference = parsePortReference(from);
    // References of another form were refused by the parser; other roles come and go.
    if (reference?.role !== role) return [];
    const fault = referenceFault(reference, from, all);
    return fault === undefined ? [] : [`component "${component.name}": ${fault}`];
  });
}

/**
 * An instance has annotations `<component>.<port>` and `<pod>.<port>`: a component with the name of a pod would share
 * them.
 */
function keyFaults({ instances }: Role, all: readonly ComponentPorts[]): readonly string[] {
  const names = all.map(({ component }) => component.name);
  return names.flatMap((name) => {
    const other = names.find((each) => new RegExp(`^${instances}-${each}-[0-9]+$`).test(name));
    return other === undefined
      ? []
      : [
          `component "${name}" is called like a pod of component "${other}", so that their ports can't be told apart: choose another name`,
        ];
  });
}

function sizeFaults(all: readonly ComponentPorts[]): readonly string[] {
  const count = all.reduce((sum, each) => sum + each.component.size * ownPorts(each), 0);
  return count <= LARGEST_REQUEST
    ? []
    : [
        `each instance asks for ${count} PodScoped ports, and at most ${LARGEST_REQUEST} are given at once: write smaller sizes, or fewer ports`,
      ];
}

function ownPorts({ config }: ComponentPorts): number {
  return config.allocations.filter(({ scope }) => scope === 'PodScoped').length;
}

/** Warnings about `set` that are no faults, each in fewer than 120 characters. */
export function setWarnings({ spec }: RoleInstanceSet): readonly string[] {
  return spec.template.spec.components.flatMap((component) => {
    const config = portsOfComponent(component);
    const shares = config.ok && config.value.allocations.some(({ scope }) => scope === 'RoleScoped');
    const { hostNetwork } = component.template.spec as unknown as PodSpec;
    return shares && hostNetwork === true
      ? [`component "${component.name}": its RoleScoped host port is one for all its pods: a node can run only one`]
      : [];
  });
}
