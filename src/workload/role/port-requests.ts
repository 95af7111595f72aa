import type { GivenPort, PortAllocatorEntry, PortRequest } from '../../api/index.ts';
import type { ComponentPorts } from './component-ports.ts';
import { podName, podScopedKey, podScopedPort, roleScopedKey, roleScopedPort } from './names.ts';

/** A number that was given, or the first and the last of a block. */
export type GivenNumber = Pick<GivenPort, 'port' | 'endPort'>;

/** The numbers that a holder was given, by the names of its ports. */
export type GivenNumbers = ReadonlyMap<string, GivenNumber>;

/** The numbers of a set and of one of its instances. */
export interface RoleNumbers {
  /** By {@link roleScopedPort}. */
  readonly role: GivenNumbers;
  /** By {@link podScopedPort}. */
  readonly pod: GivenNumbers;
}

function entriesOf({ config }: ComponentPorts, scope: PortAllocatorEntry['scope']): readonly PortAllocatorEntry[] {
  return config.allocations.filter((entry) => entry.scope === scope);
}

function indexesOf({ component }: ComponentPorts): readonly number[] {
  return Array.from({ length: component.size }, (_, index) => index);
}

/** The ports for which a set is the holder: its RoleScoped ports. */
export function roleScopedRequests(components: readonly ComponentPorts[]): readonly PortRequest[] {
  return components.flatMap((each) =>
    entriesOf(each, 'RoleScoped').map(({ name, protocol, count }) => ({
      name: roleScopedPort(each.component.name, name),
      protocol,
      count,
    })),
  );
}

/** The ports for which an instance is the holder: the PodScoped ports of each of its pods. */
export function podScopedRequests(components: readonly ComponentPorts[]): readonly PortRequest[] {
  return components.flatMap((each) =>
    indexesOf(each).flatMap((index) =>
      entriesOf(each, 'PodScoped').map(({ name, protocol, count }) => ({
        name: podScopedPort(each.component.name, index, name),
        protocol,
        count,
      })),
    ),
  );
}

/** The annotations, of a set and of each of its instances, with the RoleScoped numbers that exist. */
export function roleScopedAnnotations(
  components: readonly ComponentPorts[],
  role: GivenNumbers,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    components.flatMap((each) =>
      entriesOf(each, 'RoleScoped').flatMap(({ name }) => {
        const given = role.get(roleScopedPort(each.component.name, name));
        return given === undefined ? [] : [[roleScopedKey(each.component.name, name), String(given.port)]];
      }),
    ),
  );
}

/** The annotations of `instance` with the PodScoped numbers that exist. */
export function podScopedAnnotations(
  instance: string,
  components: readonly ComponentPorts[],
  pod: GivenNumbers,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    components.flatMap((each) =>
      indexesOf(each).flatMap((index) =>
        entriesOf(each, 'PodScoped').flatMap(({ name }) => {
          const given = pod.get(podScopedPort(each.component.name, index, name));
          const key = podScopedKey(podName(instance, each.component.name, index), name);
          return given === undefined ? [] : [[key, String(given.port)]];
        }),
      ),
    ),
  );
}

/** The number of port `name` of the pod with `index`; undefined until it is given. */
export function numberOf(
  { component }: ComponentPorts,
  { name, scope }: Pick<PortAllocatorEntry, 'name' | 'scope'>,
  index: number,
  numbers: RoleNumbers,
): GivenNumber | undefined {
  return scope === 'RoleScoped'
    ? numbers.role.get(roleScopedPort(component.name, name))
    : numbers.pod.get(podScopedPort(component.name, index, name));
}

/** The numbers of the pod with `index`, by the names of its ports; undefined until all are given. */
export function numbersOfPod(ports: ComponentPorts, index: number, numbers: RoleNumbers): GivenNumbers | undefined {
  const given = new Map<string, GivenNumber>();
  for (const entry of ports.config.allocations) {
    const number = numberOf(ports, entry, index, numbers);
    if (number === undefined) return undefined;
    given.set(entry.name, number);
  }
  return given;
}
