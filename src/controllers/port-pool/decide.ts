import { conditionTypes } from '../../api/index.ts';
import type { PortPool, PortPoolStatus } from '../../api/index.ts';
import { MOST_BLOCKED, NODE_PORTS, printKernels, printOverlaps } from '../../allocation/index.ts';
import type { KnownPool, Usage } from '../../allocation/index.ts';
import { printRanges } from '../../core/index.ts';
import { dropCondition, setCondition } from '../../kube/index.ts';

/** A condition with its reason and message, if it should be shown; undefined if it shouldn't. */
export type Remark =
  { readonly status?: 'True' | 'False'; readonly reason: string; readonly message: string } | undefined;

/** The facts about a pool. */
export interface Situation {
  readonly object: PortPool;
  readonly known: KnownPool;
  readonly usage: Usage;
  /** Numbers that are held for it, inside and outside of its ranges: they keep it from being deleted. */
  readonly held: number;
  /** Why nodes don't advertise its room although they should. */
  readonly unadvertised: Remark;
  /** How many nodes advertise its room, if they do or should. */
  readonly advertised: Remark;
  /** Nodes that report more listeners on its numbers than count. */
  readonly ignoredNodes: readonly string[];
  /** As `metav1.Time`. */
  readonly now: string;
}

/** Decides about a pool's status. */
export function decide({ now, ...situation }: Situation): {
  readonly status: PortPoolStatus;
  readonly changed: boolean;
} {
  const { object, known, usage } = situation;
  const before = object.status ?? {};
  const { generation: observedGeneration } = object.metadata;
  const fault = known.fault;
  let conditions = setCondition(
    before.conditions ?? [],
    fault === undefined
      ? {
          type: conditionTypes.ready,
          status: 'True',
          reason: 'Ready',
          message: 'hands out numbers',
          observedGeneration,
        }
      : { type: conditionTypes.ready, status: 'False', ...fault, observedGeneration },
    now,
  );
  for (const [type, remark] of Object.entries(remarksOn(situation))) {
    conditions =
      remark === undefined
        ? dropCondition(conditions, type)
        : setCondition(conditions, { type, status: 'True', ...remark, observedGeneration }, now);
  }
  const status: PortPoolStatus = { ...usage, observedGeneration, conditions: [...conditions] };
  return { status, changed: JSON.stringify(sorted(status)) !== JSON.stringify(sorted(before)) };
}

function remarksOn(situation: Omit<Situation, 'now'>): Readonly<Record<string, Remark>> {
  const { object, known, usage, held, unadvertised, advertised, ignoredNodes } = situation;
  const { leftOut, scopeRivals, defaultRivals } = known;
  return {
    [conditionTypes.ephemeralOverlap]: overlap(
      leftOut.EphemeralOverlap,
      `${printKernels(known.kernels)} for outgoing connections; set spec.allowEphemeralOverlap: true to hand them out all the same`,
    ),
    [conditionTypes.nodesOverlap]:
      known.overlapping.length === 0 ? undefined : { reason: 'NodesTakeNumbers', message: printOverlaps(known) },
    [conditionTypes.listenersIgnored]: ignored(ignoredNodes),
    [conditionTypes.nodePortOverlap]: overlap(
      leftOut.NodePortOverlap,
      `the API server gives ${printRanges([NODE_PORTS])} to Services; set spec.allowNodePortOverlap: true to hand them out all the same`,
    ),
    [conditionTypes.scopeOverlap]: named(
      scopeRivals,
      'shares numbers with pools of the other scope',
      'the younger one hands nothing out: give one of them other ranges',
    ),
    [conditionTypes.defaultConflict]: named(
      defaultRivals,
      'other pools say that they are the default, too',
      'the oldest is; take the annotation hostport.io/is-default-pool from all but one',
    ),
    [conditionTypes.outsidePool]:
      usage.outside === 0
        ? undefined
        : {
            reason: 'NumbersOutside',
            message: `${usage.outside} numbers are held that the ranges no longer contain; they stay with their holders until these release them`,
          },
    [conditionTypes.advertised]: advertised,
    [conditionTypes.roomNotAdvertised]: unadvertised,
    [conditionTypes.inUse]:
      object.metadata.deletionTimestamp === undefined || held === 0
        ? undefined
        : {
            reason: 'NumbersHeld',
            message: `it goes when its ${held} numbers are released: see "kubectl get portallocations -A"`,
          },
  };
}

function overlap(ranges: KnownPool['leftOut']['EphemeralOverlap'], why: string): Remark {
  return ranges.length === 0
    ? undefined
    : { reason: 'NumbersLeftOut', message: `${printRanges(ranges)} are left out: ${why}` };
}

function ignored(nodes: readonly string[]): Remark {
  const [first] = nodes.toSorted();
  if (first === undefined) return undefined;
  const more = nodes.length > 1 ? ` and ${nodes.length - 1} more` : '';
  return {
    reason: 'TooManyOnOneNode',
    message: `node "${first}"${more} reports processes on more than ${MOST_BLOCKED} numbers of this pool; those above the lowest ${MOST_BLOCKED} are handed out all the same: stop the processes, or keep their numbers out of the pool (spec.exclude)`,
  };
}

function named(names: readonly string[], what: string, todo: string): Remark {
  if (names.length === 0) return undefined;
  return { reason: 'OtherPools', message: `${what} (${names.map((name) => `"${name}"`).join(', ')}): ${todo}` };
}

function sorted(status: PortPoolStatus): readonly unknown[] {
  return Object.entries(status).sort(([left], [right]) => left.localeCompare(right));
}
