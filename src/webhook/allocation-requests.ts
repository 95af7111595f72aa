import { controllerHolder, ordinalHolder, podHolder, portOf } from '../allocation/index.ts';
import type { Allocation, Ask } from '../allocation/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { PortRequest, Refusal } from '../core/index.ts';
import type { OwnerChain, Pod } from '../kube/index.ts';
import { controllerOf, nodeNameOf, ordinalOf } from '../workload/index.ts';
import type { AssignedNumbers, DemandedPort, PodRequest, PodSettings } from '../workload/index.ts';
import type { Identity } from './identity.ts';

/** A pod that is being created, with the name and token that it gets. */
interface IdentifiedPod extends PodRequest {
  readonly namespace: string;
  readonly identity: Identity;
  /** When its reservation ends, in seconds since the epoch. */
  readonly until: number;
  /** Whether its pool has scope Node; then the pod was made for its node. */
  readonly isOnNode: boolean;
}

/**
 * The requests to the allocator, one for each holder; the request of the pods' controller comes last. Numbers of a
 * controller can't be released again, because other pods may have been assigned them meanwhile; the numbers that are
 * reserved for the pod itself are known by its token, and can be.
 * @returns the refusal if a RoleScoped port has no controller that can hold its number, or a sticky pod has a name that
 * isn't its ordinal's
 */
export async function allocationRequests(
  pod: IdentifiedPod,
  owners: OwnerChain,
  signal: AbortSignal,
): Promise<Result<readonly Ask[], Refusal>> {
  const { namespace, original, settings, demand, isOnNode } = pod;
  const choice = choiceOf(settings);
  const controller = controllerOf(original);
  const isShared = ({ scope }: DemandedPort) => scope === 'RoleScoped' && controller !== undefined;
  const own = demand.ports.filter((port) => !isShared(port));
  const shared = demand.ports.filter(isShared);
  const ofRole: Ask[] = [];
  if (shared.length > 0 && controller !== undefined) {
    const top = await owners.topmost(namespace, controller, signal);
    if (top === undefined) return err(noKnownController(controller.kind, controller.name));
    ofRole.push({
      ...choice,
      holder: controllerHolder(namespace, top),
      ports: shared.map(portRequestOf),
      rest: 'kept',
      surely: true,
    });
  }
  if (own.length === 0) return ok(ofRole);
  const ordinal = ordinalOf(original);
  const holder = holderFor(pod, ordinal);
  if (!holder.ok) return holder;
  const ofPod = { ...choice, ...(isOnNode ? nodeOf(original) : {}), ...holder.value, ports: own.map(portRequestOf) };
  if (ordinal !== undefined) return ok([{ ...ofPod, ordinal }, ...ofRole]);
  return ok([isIndifferent(pod) ? { ...ofPod, indifferent: true } : ofPod, ...ofRole]);
}

/**
 * Whether it doesn't matter which numbers a pod without an ordinal gets: nobody refers to it by name, and nobody said
 * where the numbers begin. On a node few numbers are held, and they stay close together.
 */
function isIndifferent({ original, settings, isOnNode }: IdentifiedPod): boolean {
  const isOneOfMany = controllerOf(original) !== undefined || (original.metadata.generateName ?? '') !== '';
  const hasStart = settings.basePort !== undefined && settings.strategy === 'Sequential';
  return isOneOfMany && !hasStart && !isOnNode;
}

function holderFor(
  { namespace, original, settings, identity, until }: IdentifiedPod,
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
export function nodeOf(pod: Pod): Pick<Ask, 'nodeName'> {
  const nodeName = nodeNameOf(pod);
  return nodeName === undefined ? {} : { nodeName };
}

/** The settings of a pod that control the choice of numbers, in the allocator's terms. */
export function choiceOf({
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
export function portRequestOf({ name, protocol, count, number, hostIP }: DemandedPort): PortRequest {
  const address = hostIP === undefined ? {} : { hostIP };
  const port = portOf({ name, protocol, count, ...address, ...(number === undefined ? {} : { port: number }) });
  return number === undefined ? port : { ...port, anywhere: true };
}

/** The numbers of an allocation, by the names of the pod's ports. */
export function numbersIn({ ports }: Allocation): AssignedNumbers {
  return new Map(ports.map(({ name, number, count }) => [name, { number, end: number + count - 1 }]));
}

function noKnownController(kind: string, name: string): Refusal {
  return refuse.invalid(
    `port-allocator: a RoleScoped port is held for the pods' controller, and ${kind} "${name}" is none that Hostport knows: write scope PodScoped, or use a Deployment, StatefulSet, DaemonSet, Job or CronJob`,
  );
}
