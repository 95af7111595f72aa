import { parsePortReference } from '../../api/index.ts';
import type { PortReference, RoleInstanceSet } from '../../api/index.ts';
import { invariant } from '../../base/result.ts';
import { portsOfComponents } from './component-ports.ts';
import type { ComponentPorts } from './component-ports.ts';
import { numberOf } from './port-requests.ts';
import type { PortBlock, RoleNumbers } from './port-requests.ts';

/** What a reference resolves to. */
type Referred =
  | { readonly kind: 'number'; readonly number: number }
  /** The number will exist by itself; the message says what is missing. */
  | { readonly kind: 'waiting'; readonly message: string }
  /** The number will never exist unless a user changes something; the message names it. */
  | { readonly kind: 'fault'; readonly message: string };

/** The origin of a reference: the instance's role, all of its components, and their numbers. */
interface Referrer {
  readonly role: string;
  readonly components: readonly ComponentPorts[];
  readonly numbers: RoleNumbers;
}

/** Resolves a reference to another role of the namespace; see {@link lookUpRole}. */
export type RoleLookup = (reference: PortReference, from: string) => Referred;

/** What all references of a component resolve to: the numbers by variable, or the first that has none. */
export type ReferredNumbers =
  | { readonly kind: 'numbers'; readonly numbers: ReadonlyMap<string, number> }
  | Exclude<Referred, { readonly kind: 'number' }>;

/** Resolves all references of one component's pods. Faults are reported before missing numbers. */
export function resolveReferences({ config }: ComponentPorts, referrer: Referrer, lookup: RoleLookup): ReferredNumbers {
  const numbers = new Map<string, number>();
  let waiting: ReferredNumbers | undefined;
  for (const { env, from } of config.references) {
    const referred = resolve(from, referrer, lookup);
    if (referred.kind === 'fault') return referred;
    if (referred.kind === 'waiting') waiting ??= referred;
    else numbers.set(env, referred.number);
  }
  return waiting ?? { kind: 'numbers', numbers };
}

function resolve(from: string, { role, components, numbers }: Referrer, lookup: RoleLookup): Referred {
  const reference = parsePortReference(from);
  if (reference === undefined) return { kind: 'fault', message: formFault(from) };
  if (reference.role !== role) return lookup(reference, from);
  const fault = referenceFault(reference, from, components);
  if (fault !== undefined) return { kind: 'fault', message: fault };
  const found = target(reference, components);
  invariant(found !== undefined, `reference "${from}" has no target and no fault`);
  const block = numberOf(found.component, found.entry, reference.index ?? 0, numbers);
  return numberOrWait(block, from);
}

function numberOrWait(block: PortBlock | undefined, from: string): Referred {
  return block === undefined
    ? { kind: 'waiting', message: `reference "${from}" waits: its port has no number yet` }
    : { kind: 'number', number: block.port };
}

function formFault(from: string): string {
  return `reference "${from}" is none: write <role>.<component>.<port>, or <role>.<component>[i].<port>`;
}

function target({ component: name, port }: PortReference, components: readonly ComponentPorts[]) {
  const component = components.find((each) => each.component.name === name);
  const entry = component?.config.allocations.find((each) => each.name === port);
  return component === undefined || entry === undefined ? undefined : { component, entry };
}

/** Why `reference`, whose role has `components`, points nowhere; undefined if it points to a port. */
export function referenceFault(
  reference: PortReference,
  from: string,
  components: readonly ComponentPorts[],
): string | undefined {
  const { role, component: name, port, index } = reference;
  const component = components.find((each) => each.component.name === name);
  if (component === undefined) {
    const known = components.map((each) => each.component.name);
    return `reference "${from}": role "${role}" has no component "${name}": ${oneOf(known, 'component')}`;
  }
  const entry = component.config.allocations.find((each) => each.name === port);
  if (entry === undefined) {
    const known = component.config.allocations.map((each) => each.name);
    return `reference "${from}": component "${name}" of role "${role}" has no port "${port}": ${oneOf(known, 'port')}`;
  }
  if (index === undefined) return undefined;
  if (entry.scope === 'RoleScoped') {
    return `reference "${from}": port "${port}" is RoleScoped, one number for all pods: leave [${index}] out`;
  }
  const { size } = component.component;
  return index < size
    ? undefined
    : `reference "${from}": component "${name}" has no pod ${index}: write an index from 0 to ${size - 1}`;
}

function oneOf(known: readonly string[], what: string): string {
  return known.length === 0 ? `it has no ${what}` : `write one of ${known.join(', ')}`;
}

/**
 * Resolves a reference to another role of the namespace. Only RoleScoped ports can be meant, since another role has
 * many pods. Sets that are being deleted don't count.
 * @param sets the sets with the role's name, in the namespace of the reference
 * @param numbersOf the RoleScoped numbers of a set
 */
export function lookUpRole(
  { reference, from, own }: { readonly reference: PortReference; readonly from: string; readonly own: string },
  sets: readonly RoleInstanceSet[],
  numbersOf: (set: RoleInstanceSet) => RoleNumbers['role'],
): Referred {
  const { role, component, port } = reference;
  const fault = (message: string): Referred => ({ kind: 'fault', message });
  const there = sets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const [set, other] = there;
  if (set === undefined) {
    const message = `reference "${from}" waits: there is no RoleInstanceSet of role "${role}" (this one's role is "${own}")`;
    return { kind: 'waiting', message };
  }
  if (other !== undefined) {
    const names = there.map(({ metadata }) => `"${metadata.name}"`).toSorted();
    return fault(
      `reference "${from}": role "${role}" is that of the RoleInstanceSets ${names.join(' and ')}: keep one of them`,
    );
  }
  const read = portsOfComponents(set.spec.template.spec.components);
  if (!read.ok) return fault(`reference "${from}": RoleInstanceSet "${set.metadata.name}": ${read.error.message}`);
  const wrong = referenceFault(reference, from, read.value);
  if (wrong !== undefined) return fault(wrong);
  const found = target(reference, read.value);
  if (found?.entry.scope !== 'RoleScoped') {
    return fault(
      `reference "${from}": port "${port}" of component "${component}" is PodScoped, and role "${role}" is another role, of which only RoleScoped ports can be told: make it RoleScoped there`,
    );
  }
  const numbers = { role: numbersOf(set), pod: new Map() };
  return numberOrWait(numberOf(found.component, found.entry, 0, numbers), from);
}

/** The name of a set in references. */
export function roleOf({
  metadata,
  spec,
}: {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly role?: string };
}): string {
  return spec.role ?? metadata.name;
}
