import { durationMs, annotations } from '../api/index.ts';
import type { PortPool, LabelSelector, PoolScope } from '../api/index.ts';
import { intersectRanges, parseRanges, printRanges, rangesSize, subtractRanges } from '../core/index.ts';
import type { Pool, PortRange } from '../core/index.ts';

/** Linux's default `net.ipv4.ip_local_port_range`: what the kernel takes for outgoing connections. */
export const EPHEMERAL: PortRange = { first: 32768, last: 60999 };

/** The API server's default `--service-node-port-range`. */
export const NODE_PORTS: PortRange = { first: 30000, last: 32767 };

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
  readonly fault?: PoolFault;
  readonly isDefault: boolean;
  /** Whether nodes show how much room it has there. */
  readonly advertises: boolean;
  readonly selector?: LabelSelector;
  /** The most numbers that a namespace may hold. */
  readonly quota?: number;
  /** Numbers left out because they may be taken at any time, by the name of the condition that says so. */
  readonly leftOut: { readonly EphemeralOverlap: readonly PortRange[]; readonly NodePortOverlap: readonly PortRange[] };
  /** Older and younger pools that share numbers with it and have the other scope. */
  readonly scopeRivals: readonly string[];
  /** Other pools that say that they are the default. */
  readonly defaultRivals: readonly string[];
}

/**
 * Understands all pools together: which numbers each hands out, which one is the default, and which stand in each
 * other's way. The older of two that can't both be right keeps its place.
 */
export function understandPools(resources: readonly PortPool[]): readonly KnownPool[] {
  const byAge = resources.toSorted(olderFirst);
  const ranges = new Map(byAge.map((resource) => [resource.metadata.name, usableRanges(resource)]));
  const defaults = byAge.filter(saysDefault);
  return byAge.map((resource, age): KnownPool => {
    const { name, uid } = resource.metadata;
    const { spec } = resource;
    const own = ranges.get(name) ?? NO_RANGES;
    const rivals = byAge.filter(
      (other) =>
        other.spec.scope !== spec.scope &&
        rangesSize(intersectRanges(own.usable, ranges.get(other.metadata.name)?.usable ?? [])) > 0,
    );
    const elder = rivals.find((other) => byAge.indexOf(other) < age);
    const fault = faultOf(resource, own, elder);
    return {
      name,
      uid,
      scope: spec.scope,
      pool: {
        name,
        usable: own.usable,
        strategy: spec.strategy,
        cooldown: Math.ceil(durationMs(spec.cooldown) / 1000),
      },
      ...(fault === undefined ? {} : { fault }),
      isDefault: defaults[0] === resource,
      advertises: spec.scope === 'Node' && spec.advertise !== false,
      ...(spec.namespaceSelector === undefined ? {} : { selector: spec.namespaceSelector }),
      ...(spec.maxPortsPerNamespace === undefined ? {} : { quota: spec.maxPortsPerNamespace }),
      leftOut: { EphemeralOverlap: own.ephemeral, NodePortOverlap: own.nodePorts },
      scopeRivals: rivals.map((other) => other.metadata.name),
      defaultRivals: saysDefault(resource)
        ? defaults.filter((other) => other !== resource).map(({ metadata }) => metadata.name)
        : [],
    };
  });
}

interface Ranges {
  readonly usable: readonly PortRange[];
  readonly ephemeral: readonly PortRange[];
  readonly nodePorts: readonly PortRange[];
  readonly error?: string;
}

const NO_RANGES: Ranges = { usable: [], ephemeral: [], nodePorts: [] };

function usableRanges({ spec }: PortPool): Ranges {
  const wanted = parseRanges(spec.ranges);
  const excluded = parseRanges(spec.exclude ?? []);
  if (!wanted.ok) return { ...NO_RANGES, error: wanted.error };
  if (!excluded.ok) return { ...NO_RANGES, error: excluded.error };
  const all = subtractRanges(wanted.value, excluded.value);
  const ephemeral = spec.allowEphemeralOverlap ? [] : intersectRanges(all, [EPHEMERAL]);
  const nodePorts = spec.allowNodePortOverlap ? [] : intersectRanges(all, [NODE_PORTS]);
  return { usable: subtractRanges(all, [...ephemeral, ...nodePorts]), ephemeral, nodePorts };
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
  if (ranges.usable.length > 0) return undefined;
  if (ranges.ephemeral.length > 0) {
    return {
      reason: 'EphemeralOverlap',
      message: `all of it is in the ephemeral range ${printRanges([EPHEMERAL])}: choose other ranges, or set spec.allowEphemeralOverlap: true`,
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
