import type { GivenPort, PortAllocatorEntry, PortRequest } from '../../api/index.ts';
import type { ComponentPorts } from './component-ports.ts';
import { podName, podScopedKey, podScopedPort, roleScopedKey, roleScopedPort } from './names.ts';

/** The number that was assigned to a port, or the first and the last number of a block. */
export type PortBlock = Pick<GivenPort, 'port' | 'endPort'>;

/** The numbers that were assigned to a holder, by the names of its ports. */
export type PortBlocks = ReadonlyMap<string, PortBlock>;

/** The numbers of a set and of one of its instances. */
export interface RoleNumbers {
  /** By {@link roleScopedPort}. */
  readonly role: PortBlocks;
  /** By {@link podScopedPort}. */
  readonly pod: PortBlocks;
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
  role: PortBlocks,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    components.flatMap((each) =>
      entriesOf(each, 'RoleScoped').flatMap(({ name }) => {
        const block = role.get(roleScopedPort(each.component.name, name));
        return block === undefined ? [] : [[roleScopedKey(each.component.name, name), String(block.port)]];
      }),
    ),
  );
}

/** The annotations of `instance` with the PodScoped numbers that exist. */
export function podScopedAnnotations(
  instance: string,
  components: readonly ComponentPorts[],
  pod: PortBlocks,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    components.flatMap((each) =>
      indexesOf(each).flatMap((index) =>
        entriesOf(each, 'PodScoped').flatMap(({ name }) => {
          const block = pod.get(podScopedPort(each.component.name, index, name));
          const key = podScopedKey(podName(instance, each.component.name, index), name);
          return block === undefined ? [] : [[key, String(block.port)]];
        }),
      ),
    ),
  );
}

/** The number of port `name` of the pod with `index`; undefined until it is assigned. */
export function numberOf(
  { component }: ComponentPorts,
  { name, scope }: Pick<PortAllocatorEntry, 'name' | 'scope'>,
  index: number,
  numbers: RoleNumbers,
): PortBlock | undefined {
  return scope === 'RoleScoped'
    ? numbers.role.get(roleScopedPort(component.name, name))
    : numbers.pod.get(podScopedPort(component.name, index, name));
}

/** The numbers of the pod with `index`, by the names of its ports; undefined until all are assigned. */
export function numbersOfPod(ports: ComponentPorts, index: number, numbers: RoleNumbers): PortBlocks | undefined {
  const blocks = new Map<string, PortBlock>();
  for (const entry of ports.config.allocations) {
    const block = numberOf(ports, entry, index, numbers);
    if (block === undefined) return undefined;
    blocks.set(entry.name, block);
  }
  return blocks;
}
