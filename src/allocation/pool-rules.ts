import { annotations, durationMs } from '../api/index.ts';
import type { PoolScope, PortPool } from '../api/index.ts';
import { intersectRanges, mergeRanges, parseRanges, printRanges, rangesSize, subtractRanges } from '../core/index.ts';
import type { Pool, PortRange } from '../core/index.ts';
import type { LabelSelector } from '../kube/index.ts';
import { EphemeralCensus, printKernels } from './ephemeral-census.ts';
import type { EphemeralNumbers, Kernel } from './ephemeral-census.ts';

/** The API server's default `--service-node-port-range`. */
export const NODE_PORTS: PortRange = { first: 30000, last: 32767 };

/** Why a pool hands nothing out: the reason of its condition `Ready`. */
interface PoolFault {
  readonly reason:
    'ScopeOverlap' | 'EphemeralOverlap' | 'NodePortOverlap' | 'NoNumbers' | 'InvalidRange' | 'Terminating';
  readonly message: string;
}

/** A user's pool, interpreted: what it hands out, to whom, and what its conditions should say. */
export interface KnownPool {
  readonly name: string;
  readonly uid: string;
  readonly scope: PoolScope;
  /** The pool for the planner. A pool with a fault must not be used for anything new. */
  readonly pool: Pool;
  /** For scope `Node`: the pool on nodes whose kernels use unusual numbers. See {@link poolOn}. */
  readonly byKernel: ReadonlyMap<Kernel, Pool>;
  readonly kernelOn: EphemeralNumbers['kernelOn'];
  /** The numbers that it hands out on at least one node. */
  readonly somewhere: readonly PortRange[];
  readonly fault?: PoolFault;
  readonly isDefault: boolean;
  /** Whether nodes advertise the room that it has there. */
  readonly advertises: boolean;
  readonly selector?: LabelSelector;
  /** The most numbers that a namespace may hold. */
  readonly quota?: number;
  /** Numbers that are left out because the kernel or Services may use them at any time, by the condition that says so. */
  readonly leftOut: { readonly EphemeralOverlap: readonly PortRange[]; readonly NodePortOverlap: readonly PortRange[] };
  /** The kernels that use some of the numbers left out as ephemeral. */
  readonly kernels: readonly Kernel[];
  /**
   * For scope `Cluster`: kernels that use numbers which the pool hands out nevertheless, because few nodes have such
   * kernels.
   */
  readonly overlapping: readonly Kernel[];
  /** The numbers that most kernels use. */
  readonly common: readonly PortRange[];
  /** Pools of the other scope that share numbers with it. */
  readonly scopeRivals: readonly string[];
  /** Other pools that are marked as the default. */
  readonly defaultRivals: readonly string[];
}

/** The pool for the planner on `nodeName`. */
export function poolOn(
  { pool, byKernel, kernelOn }: Pick<KnownPool, 'pool' | 'byKernel' | 'kernelOn'>,
  nodeName: string | undefined,
): Pool {
  return nodeName === undefined ? pool : (byKernel.get(kernelOn(nodeName)) ?? pool);
}

/**
 * Interprets all pools together: which numbers each hands out, which one is the default, and which ones are in
 * conflict. Of two conflicting pools the older one stays as it is.
 */
export function understandPools(
  resources: readonly PortPool[],
  ephemeral: EphemeralNumbers = new EphemeralCensus(),
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
    const older = rivals.find((other) => byAge.indexOf(other) < age);
    const fault = faultOf(resource, own, older);
    const poolOver = (usable: readonly PortRange[]): Pool => {
      return { name, usable, strategy: spec.strategy, cooldown: Math.ceil(durationMs(spec.cooldown) / 1000) };
    };
    return {
      name,
      uid,
      scope: spec.scope,
      pool: poolOver(own.usable),
      byKernel: new Map([...own.byKernel].map(([kernel, usable]) => [kernel, poolOver(usable)])),
      kernelOn: ephemeral.kernelOn,
      somewhere: own.somewhere,
      ...(fault === undefined ? {} : { fault }),
      isDefault: defaults[0] === resource,
      advertises: spec.scope === 'Node' && spec.advertise !== false,
      ...(spec.namespaceSelector === undefined ? {} : { selector: spec.namespaceSelector }),
      ...(spec.maxPortsPerNamespace === undefined ? {} : { quota: spec.maxPortsPerNamespace }),
      leftOut: { EphemeralOverlap: own.ephemeral, NodePortOverlap: own.nodePorts },
      kernels: own.kernels,
      overlapping: own.overlapping,
      common: ephemeral.common,
      scopeRivals: rivals.map((other) => other.metadata.name),
      defaultRivals: saysDefault(resource)
        ? defaults.filter((other) => other !== resource).map(({ metadata }) => metadata.name)
        : [],
    };
  });
}

interface Ranges {
  readonly usable: readonly PortRange[];
  /** By unusual kernel. */
  readonly byKernel: ReadonlyMap<Kernel, readonly PortRange[]>;
  readonly somewhere: readonly PortRange[];
  readonly ephemeral: readonly PortRange[];
  readonly kernels: readonly Kernel[];
  readonly overlapping: readonly Kernel[];
  readonly nodePorts: readonly PortRange[];
  readonly error?: string;
}

const NO_RANGES: Ranges = {
  usable: [],
  byKernel: new Map(),
  somewhere: [],
  ephemeral: [],
  kernels: [],
  overlapping: [],
  nodePorts: [],
};

function usableRanges({ spec }: PortPool, ephemeral: EphemeralNumbers): Ranges {
  const wanted = parseRanges(spec.ranges);
  const excluded = parseRanges(spec.exclude ?? []);
  if (!wanted.ok) return { ...NO_RANGES, error: wanted.error };
  if (!excluded.ok) return { ...NO_RANGES, error: excluded.error };
  const all = subtractRanges(wanted.value, excluded.value);
  const nodePorts = spec.allowNodePortOverlap ? [] : intersectRanges(all, [NODE_PORTS]);
  const rest = subtractRanges(all, nodePorts);
  if (spec.allowEphemeralOverlap) return { ...NO_RANGES, usable: rest, somewhere: rest, nodePorts };
  const kernels = [...ephemeral.kernels];
  const numbers = spec.scope === 'Cluster' ? rangesInCluster(rest, ephemeral) : rangesOnNodes(rest, ephemeral);
  return { ...numbers, kernels: kernelsTaking(numbers.ephemeral, kernels), nodePorts };
}

type RangesByScope = Omit<Ranges, 'kernels' | 'nodePorts' | 'error'>;

/** In the whole cluster the numbers are left out that many kernels use: a single node doesn't decide for the others. */
function rangesInCluster(rest: readonly PortRange[], { common, kernels }: EphemeralNumbers): RangesByScope {
  const usable = subtractRanges(rest, common);
  const overlapping = kernelsTaking(usable, kernels);
  return { usable, byKernel: new Map(), somewhere: usable, ephemeral: intersectRanges(rest, common), overlapping };
}

/** On each node the numbers are left out that its own kernel uses. */
function rangesOnNodes(rest: readonly PortRange[], { usual, kernels }: EphemeralNumbers): RangesByScope {
  const present = [...kernels].map((kernel) => [kernel, subtractRanges(rest, kernel.numbers)] as const);
  const ephemeral = mergeRanges(present.flatMap(([kernel]) => intersectRanges(rest, kernel.numbers)));
  return {
    usable: subtractRanges(rest, usual.numbers),
    byKernel: new Map(present.filter(([kernel]) => kernel !== usual)),
    somewhere: mergeRanges(present.flatMap(([, left]) => left)),
    ephemeral,
    overlapping: [],
  };
}

/** Those of `kernels` that use some of `numbers`. */
function kernelsTaking(numbers: readonly PortRange[], kernels: Iterable<Kernel>): readonly Kernel[] {
  return [...kernels].filter((kernel) => intersectRanges(numbers, kernel.numbers).length > 0);
}

function faultOf(resource: PortPool, ranges: Ranges, older: PortPool | undefined): PoolFault | undefined {
  if (ranges.error !== undefined) return { reason: 'InvalidRange', message: ranges.error };
  if (resource.metadata.deletionTimestamp !== undefined) {
    return { reason: 'Terminating', message: 'it is being deleted: name another pool' };
  }
  if (older !== undefined) {
    return {
      reason: 'ScopeOverlap',
      message: `it shares numbers with the older pool "${older.metadata.name}" of scope ${older.spec.scope}: give it other ranges`,
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
