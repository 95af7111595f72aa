import { durationMs, annotations } from '../api/index.ts';
import type { PortPool, LabelSelector, PoolScope } from '../api/index.ts';
import { intersectRanges, mergeRanges, parseRanges, printRanges, rangesSize, subtractRanges } from '../core/index.ts';
import type { Pool, PortRange } from '../core/index.ts';

/** Linux's default `net.ipv4.ip_local_port_range`: what the kernel takes for outgoing connections. */
export const EPHEMERAL: PortRange = { first: 32768, last: 60999 };

/** The API server's default `--service-node-port-range`. */
export const NODE_PORTS: PortRange = { first: 30000, last: 32767 };

/** What the kernels of the nodes take for outgoing connections. */
export interface EphemeralNumbers {
  /** Of nodes whose kernels were told to take other numbers than {@link EPHEMERAL}. */
  readonly byNode: ReadonlyMap<string, readonly PortRange[]>;
  /** Whether some node takes the default, or no node is known. */
  readonly hasDefault: boolean;
}

/** Of a cluster in which no agent has said anything. */
const AS_USUAL: EphemeralNumbers = { byNode: new Map(), hasDefault: true };

/** Numbers that kernels take: of the nodes that are named, or of those that take the default. */
export interface KernelsTaking {
  readonly nodes: readonly string[];
  readonly numbers: readonly PortRange[];
}

/** Why a pool hands nothing out: the reason of its condition `Ready`. */
export interface PoolFault {
  readonly reason:
    'ScopeOverlap' | 'EphemeralOverlap' | 'NodePortOverlap' | 'NoNumbers' | 'InvalidRange' | 'Terminating';
  readonly message: string;
}

/** A pool as a user wrote it, understood: what it hands out, to whom, and what is to be said about it. */
export interface KnownPool {
  readonly name: string;
  readonly uid: string;
  readonly scope: PoolScope;
  /** What the allocator works with. Of a pool with a fault it must not be used for anything new. */
  readonly pool: Pool;
  /** Of scope `Node`: the same for nodes whose kernels were told to take other numbers than usual. See {@link poolOn}. */
  readonly byNode: ReadonlyMap<string, Pool>;
  /** The numbers that it hands out on some node at least. */
  readonly somewhere: readonly PortRange[];
  readonly fault?: PoolFault;
  readonly isDefault: boolean;
  /** Whether nodes show how much room it has there. */
  readonly advertises: boolean;
  readonly selector?: LabelSelector;
  /** The most numbers that a namespace may hold. */
  readonly quota?: number;
  /** Numbers left out because they may be taken at any time, by the name of the condition that says so. */
  readonly leftOut: { readonly EphemeralOverlap: readonly PortRange[]; readonly NodePortOverlap: readonly PortRange[] };
  /** Whose kernels take what is left out as ephemeral. */
  readonly kernels: readonly KernelsTaking[];
  /** Older and younger pools that share numbers with it and have the other scope. */
  readonly scopeRivals: readonly string[];
  /** Other pools that say that they are the default. */
  readonly defaultRivals: readonly string[];
}

/** What the allocator works with on `nodeName`. */
export function poolOn({ pool, byNode }: Pick<KnownPool, 'pool' | 'byNode'>, nodeName: string | undefined): Pool {
  return nodeName === undefined ? pool : (byNode.get(nodeName) ?? pool);
}

/**
 * Understands all pools together: which numbers each hands out, which one is the default, and which stand in each
 * other's way. The older of two that can't both be right keeps its place.
 */
export function understandPools(
  resources: readonly PortPool[],
  ephemeral: EphemeralNumbers = AS_USUAL,
): readonly KnownPool[] {
  const byAge = resources.toSorted(olderFirst);
  const ranges = new Map(byAge.map((resource) => [resource.metadata.name, usableRanges(resource, ephemeral)]));
  const defaults = byAge.filter(saysDefault);
  return byAge.map((resource, age): KnownPool => {
    const { name, uid } = resource.metadata;
    const { spec } = resource;
    const own = ranges.get(name) ?? NO_RANGES;
    const rivals = byAge.filter(
      (other) =>
        other.spec.scope !== spec.scope &&
        rangesSize(intersectRanges(own.somewhere, ranges.get(other.metadata.name)?.somewhere ?? [])) > 0,
    );
    const elder = rivals.find((other) => byAge.indexOf(other) < age);
    const fault = faultOf(resource, own, elder);
    const poolOver = (usable: readonly PortRange[]): Pool => {
      return { name, usable, strategy: spec.strategy, cooldown: Math.ceil(durationMs(spec.cooldown) / 1000) };
    };
    // One value for all nodes that are alike, of which there may be thousands.
    const pools = new Map([...own.byNode.values()].map((usable) => [usable, poolOver(usable)]));
    const pool = poolOver(own.usable);
    return {
      name,
      uid,
      scope: spec.scope,
      pool,
      byNode: new Map([...own.byNode].map(([node, usable]) => [node, pools.get(usable) ?? pool])),
      somewhere: own.somewhere,
      ...(fault === undefined ? {} : { fault }),
      isDefault: defaults[0] === resource,
      advertises: spec.scope === 'Node' && spec.advertise !== false,
      ...(spec.namespaceSelector === undefined ? {} : { selector: spec.namespaceSelector }),
      ...(spec.maxPortsPerNamespace === undefined ? {} : { quota: spec.maxPortsPerNamespace }),
      leftOut: { EphemeralOverlap: own.ephemeral, NodePortOverlap: own.nodePorts },
      kernels: own.kernels,
      scopeRivals: rivals.map((other) => other.metadata.name),
      defaultRivals: saysDefault(resource)
        ? defaults.filter((other) => other !== resource).map(({ metadata }) => metadata.name)
        : [],
    };
  });
}

interface Ranges {
  readonly usable: readonly PortRange[];
  /** Of nodes with numbers of their own; the same value for the same numbers. */
  readonly byNode: ReadonlyMap<string, readonly PortRange[]>;
  readonly somewhere: readonly PortRange[];
  readonly ephemeral: readonly PortRange[];
  readonly kernels: readonly KernelsTaking[];
  readonly nodePorts: readonly PortRange[];
  readonly error?: string;
}

const NO_RANGES: Ranges = { usable: [], byNode: new Map(), somewhere: [], ephemeral: [], kernels: [], nodePorts: [] };

function usableRanges({ spec }: PortPool, ephemeral: EphemeralNumbers): Ranges {
  const wanted = parseRanges(spec.ranges);
  const excluded = parseRanges(spec.exclude ?? []);
  if (!wanted.ok) return { ...NO_RANGES, error: wanted.error };
  if (!excluded.ok) return { ...NO_RANGES, error: excluded.error };
  const all = subtractRanges(wanted.value, excluded.value);
  const nodePorts = spec.allowNodePortOverlap ? [] : intersectRanges(all, [NODE_PORTS]);
  const rest = subtractRanges(all, nodePorts);
  const kernels = kernelsTaking(rest, spec.allowEphemeralOverlap ? [] : kindsOfKernels(ephemeral));
  const taken = intersectRanges(
    rest,
    kernels.flatMap(({ numbers }) => numbers),
  );
  const common = { ephemeral: taken, kernels, nodePorts };
  if (spec.scope === 'Cluster') {
    const usable = subtractRanges(rest, taken);
    return { ...common, usable, byNode: new Map(), somewhere: usable };
  }
  const usable = subtractRanges(rest, spec.allowEphemeralOverlap ? [] : [EPHEMERAL]);
  const unusual = spec.allowEphemeralOverlap ? [] : kindsOfKernels(ephemeral).filter(({ nodes }) => nodes.length > 0);
  const byNode = unusual.flatMap(({ nodes, numbers }) => {
    const left = subtractRanges(rest, numbers);
    return nodes.map((node) => [node, left] as const);
  });
  const somewhere = mergeRanges([...(ephemeral.hasDefault ? usable : []), ...byNode.flatMap(([, left]) => left)]);
  return { ...common, usable, byNode: new Map(byNode), somewhere: byNode.length === 0 ? usable : somewhere };
}

/** The kernels that take the same numbers, together; those that take the default come without names, and first. */
function kindsOfKernels({ byNode, hasDefault }: EphemeralNumbers): readonly KernelsTaking[] {
  const kinds = Map.groupBy(byNode, ([, numbers]) => printRanges(numbers));
  const unusual = [...kinds.values()].map((group) => {
    return { nodes: group.map(([node]) => node).sort(), numbers: group[0]?.[1] ?? [] };
  });
  return [...(hasDefault ? [{ nodes: [], numbers: [EPHEMERAL] }] : []), ...unusual];
}

/** Those of `kinds` that take some of `numbers`. */
function kernelsTaking(numbers: readonly PortRange[], kinds: readonly KernelsTaking[]): readonly KernelsTaking[] {
  return kinds.filter((kind) => intersectRanges(numbers, kind.numbers).length > 0);
}

/** How many nodes are named before the rest is counted. */
const MOST_NAMES = 3;

/** Whose kernels take what, for people: `the kernel takes 32768-60999, that of node "n1" takes 15000-60999`. */
export function printKernels(kernels: readonly KernelsTaking[]): string {
  return kernels
    .map(({ nodes, numbers }, at) => {
      const named = nodes.slice(0, MOST_NAMES).map((node) => `"${node}"`);
      const more = nodes.length > MOST_NAMES ? ` and ${nodes.length - MOST_NAMES} more` : '';
      const whose = nodes.length === 0 ? '' : ` of ${nodes.length === 1 ? 'node' : 'nodes'} ${named.join(', ')}${more}`;
      return `${at === 0 ? 'the kernel' : 'that'}${whose} takes ${printRanges(numbers)}`;
    })
    .join(', ');
}

function faultOf(resource: PortPool, ranges: Ranges, elder: PortPool | undefined): PoolFault | undefined {
  if (ranges.error !== undefined) return { reason: 'InvalidRange', message: ranges.error };
  if (resource.metadata.deletionTimestamp !== undefined) {
    return { reason: 'Terminating', message: 'it is being deleted: name another pool' };
  }
  if (elder !== undefined) {
    return {
      reason: 'ScopeOverlap',
      message: `it shares numbers with the older pool "${elder.metadata.name}" of scope ${elder.spec.scope}: give it other ranges`,
    };
  }
  if (ranges.somewhere.length > 0) return undefined;
  if (ranges.ephemeral.length > 0) {
    return {
      reason: 'EphemeralOverlap',
      message: `${printKernels(ranges.kernels)} for outgoing connections, which is all of it: choose other ranges, or set spec.allowEphemeralOverlap: true`,
    };
  }
  if (ranges.nodePorts.length > 0) {
    return {
      reason: 'NodePortOverlap',
      message: `all of it is in the node port range ${printRanges([NODE_PORTS])}: choose other ranges, or set spec.allowNodePortOverlap: true`,
    };
  }
  return {
    reason: 'NoNumbers',
    message: 'spec.exclude leaves nothing of spec.ranges: widen the one or narrow the other',
  };
}

function saysDefault({ metadata }: PortPool): boolean {
  return metadata.annotations?.[annotations.isDefaultPool] === 'true' && metadata.deletionTimestamp === undefined;
}

function olderFirst({ metadata: left }: PortPool, { metadata: right }: PortPool): number {
  return left.creationTimestamp.localeCompare(right.creationTimestamp) || left.name.localeCompare(right.name);
}
