import { parseRoleInstance, parseRoleInstanceSet } from '../../../../src/api/index.ts';
import type { RoleComponent, RoleInstance, RoleInstanceSet } from '../../../../src/api/index.ts';
import { portsOfComponents } from '../../../../src/workload/role/index.ts';
import type { ComponentPorts } from '../../../../src/workload/role/index.ts';
import type { PortBlocks } from '../../../../src/workload/role/port-requests.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The annotation with `config` as JSON. */
export function annotated(config: unknown): Readonly<Record<string, string>> {
  return { 'hostport.io/port-allocator': JSON.stringify(config) };
}

/** A component as a user writes it, with `spec` and `annotations` in its template. */
export function component(
  name: string,
  { spec = {}, annotations, ...fields }: Fields & { readonly spec?: Fields; readonly annotations?: Fields } = {},
): Fields {
  const metadata = annotations === undefined ? {} : { metadata: { annotations } };
  const containers = [{ name: 'main', image: 'example.com/serve:1' }];
  return { name, template: { ...metadata, spec: { containers, ...spec } }, ...fields };
}

const meta = (name: string, more: Fields): Fields => ({
  name,
  namespace: 'models',
  uid: `uid-of-${name}`,
  resourceVersion: '7',
  generation: 1,
  creationTimestamp: '2026-01-02T03:04:05Z',
  ...more,
});

/** A set as the API server stores it. */
export function setOf(
  name: string,
  components: readonly Fields[],
  spec: Fields = {},
  metadata: Fields = {},
): RoleInstanceSet {
  const parsed = parseRoleInstanceSet({
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'RoleInstanceSet',
    metadata: meta(name, metadata),
    spec: { ...spec, template: { spec: { components } } },
  });
  if (!parsed.ok) throw new Error(parsed.error.join('; '));
  return parsed.value;
}

/** An instance as the API server stores it. */
export function instanceOf(
  name: string,
  components: readonly Fields[],
  spec: Fields = {},
  metadata: Fields = {},
): RoleInstance {
  const parsed = parseRoleInstance({
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'RoleInstance',
    metadata: meta(name, metadata),
    spec: { ...spec, components },
  });
  if (!parsed.ok) throw new Error(parsed.error.join('; '));
  return parsed.value;
}

/** The ports of valid components. */
export function portsOf(components: readonly RoleComponent[]): readonly ComponentPorts[] {
  const read = portsOfComponents(components);
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

/** Numbers as the status of a PortAllocation shows them. */
export function given(numbers: Readonly<Record<string, number | readonly [number, number]>>): PortBlocks {
  return new Map(
    Object.entries(numbers).map(([name, number]) => [
      name,
      typeof number === 'number' ? { port: number } : { port: number[0], endPort: number[1] },
    ]),
  );
}
