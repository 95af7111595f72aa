import { controllerHolder, ordinalHolder, podHolder, portOf } from '../allocation/index.ts';
import type { Allocation, Ask } from '../allocation/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { PortRequest, Refusal } from '../core/index.ts';
import type { OwnerChain, Pod } from '../kube/index.ts';
import { controllerOf, nodeNameOf, ordinalOf } from '../workload/index.ts';
import type { DemandedPort, Given, PodRequest, PodSettings } from '../workload/index.ts';
import type { Identity } from './identity.ts';

/** The facts about a pod that is being created which decide the requests to the allocator. */
export interface Asking extends PodRequest {
  readonly namespace: string;
  readonly identity: Identity;
  /** When its reservation ends, in seconds since the epoch. */
  readonly until: number;
  /** Whether its pool has scope Node; then the pod was made for its node. */
  readonly isOnNode: boolean;
}

/**
 * The requests for the allocator, one for each holder; that of the pods' controller comes last. What a controller gets
 * can't be taken back, because other pods may have been assigned it meanwhile; what was reserved for the pod itself is
 * known by its token, and can be.
 */
export async function asksOf(
  asking: Asking,
  owners: OwnerChain,
  signal: AbortSignal,
): Promise<Result<readonly Ask[], Refusal>> {
  const { namespace, original, settings, demand, isOnNode } = asking;
  const wishes = wishesOf(settings);
  const controller = controllerOf(original);
  const isShared = ({ scope }: DemandedPort) => scope === 'RoleScoped' && controller !== undefined;
  const own = demand.ports.filter((port) => !isShared(port));
  const shared = demand.ports.filter(isShared);
  const ofRole: Ask[] = [];
  if (shared.length > 0 && controller !== undefined) {
    const top = await owners.topmost(namespace, controller, signal);
    if (top === undefined) return err(noKnownController(controller.kind, controller.name));
    ofRole.push({
      ...wishes,
      holder: controllerHolder(namespace, top),
      ports: shared.map(requestOf),
      rest: 'kept',
      surely: true,
    });
  }
  if (own.length === 0) return ok(ofRole);
  const ordinal = ordinalOf(original);
  const holder = holderFor(asking, ordinal);
  if (!holder.ok) return holder;
  const mine = { ...wishes, ...(isOnNode ? placeOf(original) : {}), ...holder.value, ports: own.map(requestOf) };
  if (ordinal !== undefined) return ok([{ ...mine, ordinal }, ...ofRole]);
  return ok([isIndifferent(asking) ? { ...mine, indifferent: true } : mine, ...ofRole]);
}

/**
 * Whether it doesn't matter which numbers a pod without an ordinal gets: nobody refers to it by name, and nobody said
 * where the numbers begin. On a node few numbers are held, and they stay close together.
 */
function isIndifferent({ original, settings, isOnNode }: Asking): boolean {
  const isOneOfMany = controllerOf(original) !== undefined || (original.metadata.generateName ?? '') !== '';
  const isToldWhere = settings.basePort !== undefined && settings.strategy === 'Sequential';
  return isOneOfMany && !isToldWhere && !isOnNode;
}

function holderFor(
  { namespace, original, settings, identity, until }: Asking,
  ordinal: number | undefined,
): Result<Pick<Ask, 'holder' | 'until' | 'insteadOf' | 'surely' | 'rest'>, Refusal> {
  const set = controllerOf(original);
  if (settings.sticky && set !== undefined) {
    // Only one pod at a time can have the name, so the ordinal's numbers are never in two pods.
    if (ordinal === undefined || identity.name !== `${set.name}-${ordinal}`) {
      return err(
        refuse.invalid(`hostport.io/sticky: pod "${identity.name}" is none that StatefulSet "${set.name}" makes`),
      );
    }
    return ok({ holder: ordinalHolder(namespace, set, ordinal), surely: true, rest: 'doubted' });
  }
  const { name, token, insteadOf } = identity;
  const holder = podHolder({ namespace, name, uid: token });
  // The pod of the earlier create may be stored yet: whichever pod appears, the numbers that it was assigned are its
  // own.
  return ok({ holder, until, insteadOf, ...(insteadOf.length > 0 ? { rest: 'kept' } : {}) });
}

/** The node for which a pod was created, in the allocator's terms; empty for a pod that is scheduled. */
export function placeOf(pod: Pod): Pick<Ask, 'nodeName'> {
  const nodeName = nodeNameOf(pod);
  return nodeName === undefined ? {} : { nodeName };
}

/** The settings of a pod that control the choice of numbers, in the allocator's terms. */
export function wishesOf({
  poolName,
  basePort,
  strategy,
}: PodSettings): Pick<Ask, 'poolName' | 'basePort' | 'strategy'> {
  return {
    strategy,
    ...(poolName === undefined ? {} : { poolName }),
    ...(basePort === undefined ? {} : { basePort }),
  };
}

/** A demanded port in the allocator's terms. */
export function requestOf({ name, protocol, count, number, hostIP }: DemandedPort): PortRequest {
  const address = hostIP === undefined ? {} : { hostIP };
  const port = portOf({ name, protocol, count, ...address, ...(number === undefined ? {} : { port: number }) });
  return number === undefined ? port : { ...port, anywhere: true };
}

/** The numbers of an allocation, by the names of the pod's ports. */
export function givenBy({ ports }: Allocation): Given {
  return new Map(ports.map(({ name, number, count }) => [name, { number, end: number + count - 1 }]));
}

function noKnownController(kind: string, name: string): Refusal {
  return refuse.invalid(
    `port-allocator: a RoleScoped port is held for the pods' controller, and ${kind} "${name}" is none that Hostport knows: write scope PodScoped, or use a Deployment, StatefulSet, DaemonSet, Job or CronJob`,
  );
}
