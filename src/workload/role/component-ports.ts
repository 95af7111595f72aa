import { LRUCache } from 'lru-cache';
import { parsePortAllocatorConfig, podAnnotations } from '../../api/index.ts';
import type { PortAllocatorConfig, RoleComponent } from '../../api/index.ts';
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { refuse } from '../../core/index.ts';
import type { Refusal } from '../../core/index.ts';
import { parsePortAllocator } from '../port-allocator.ts';

/** The annotations of a template that ask for ports; they have the same meaning. */
export const PORT_TEXTS = [podAnnotations.portAllocator, podAnnotations.rbgPortAllocator] as const;

/** What a component without ports asks for. */
const NO_PORTS: PortAllocatorConfig = { allocations: [], references: [] };

/** A component, and the ports that its pods ask for. */
export interface ComponentPorts {
  readonly component: RoleComponent;
  readonly config: PortAllocatorConfig;
}

/** The ports that the pods of `component` ask for, by its annotation or its field `ports`; none if it has neither. */
export function portsOfComponent(component: RoleComponent): Result<PortAllocatorConfig, Refusal> {
  const annotations = component.template.metadata?.annotations ?? {};
  const written = PORT_TEXTS.flatMap((key) => {
    const text = annotations[key];
    return text === undefined ? [] : [{ key, text }];
  });
  const [first, second] = written;
  if (second !== undefined) return fault(component, `${PORT_TEXTS.join(' and ')} mean the same: write one of them`);
  if (first === undefined) return typedPorts(component);
  if (component.ports !== undefined) {
    return fault(component, `ports and annotation ${first.key} say the same: write one of them`);
  }
  const parsed = remembered(first.text, first.key);
  return parsed.ok ? parsed : fault(component, parsed.error.message);
}

/** Parsed texts: all instances of a set have the same, and are reconciled often. */
const texts = new LRUCache<string, Result<PortAllocatorConfig, Refusal>>({ max: 256 });

function remembered(text: string, key: string): Result<PortAllocatorConfig, Refusal> {
  const name = `${key} ${text}`;
  const known = texts.get(name);
  if (known !== undefined) return known;
  const parsed = parsePortAllocator(text, key);
  texts.set(name, parsed);
  return parsed;
}

function typedPorts(component: RoleComponent): Result<PortAllocatorConfig, Refusal> {
  if (component.ports === undefined) return ok(NO_PORTS);
  // The schema can't require that names are unique.
  const parsed = parsePortAllocatorConfig(component.ports);
  return parsed.ok ? parsed : fault(component, `ports: ${parsed.error.join('; ')}`);
}

function fault({ name }: RoleComponent, message: string): { readonly ok: false; readonly error: Refusal } {
  return err(refuse.invalid(`component "${name}": ${message}`));
}

/** The ports of each of `components`, in order; or the refusal of the first that can't be understood. */
export function portsOfComponents(components: readonly RoleComponent[]): Result<readonly ComponentPorts[], Refusal> {
  const read: ComponentPorts[] = [];
  for (const component of components) {
    const config = portsOfComponent(component);
    if (!config.ok) return config;
    read.push({ component, config: config.value });
  }
  return ok(read);
}

/** Everything that `component` says about ports, as a text that changes with it. */
export function portsText({ ports, template }: RoleComponent): string {
  const { annotations = {} } = template.metadata ?? {};
  return JSON.stringify([ports ?? null, ...PORT_TEXTS.map((key) => annotations[key] ?? null)]);
}
