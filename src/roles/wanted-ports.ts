import { conditionTypes, finalizers } from '../api/index.ts';
import type { GivenPort, PortAllocation, RoleInstance, RoleInstanceSet } from '../api/index.ts';
import { findCondition } from '../kube/index.ts';
import type { Condition, OwnerReference } from '../kube/index.ts';
import { controllerOf } from '../workload/index.ts';
import { ownerReferenceTo } from './ownership.ts';

/** A port as it is asked for in a PortAllocation. */
export type WantedPort = PortAllocation['spec']['ports'][number];

/** The PortAllocation that a set or an instance wants to have. */
export interface WantedAllocation {
  readonly namespace: string;
  readonly name: string;
  /** The set or the instance, as it stands in the allocation. */
  readonly owner: OwnerReference;
  readonly labels: Readonly<Record<string, string>>;
  readonly poolName?: string;
  readonly ports: readonly WantedPort[];
}

/** The allocation that `owner` wants, in its pool. */
export function wantedBy(
  owner: RoleInstance | RoleInstanceSet,
  { name, labels, ports }: Pick<WantedAllocation, 'name' | 'labels' | 'ports'>,
): WantedAllocation {
  const { poolName } = owner.spec;
  return {
    namespace: owner.metadata.namespace,
    name,
    owner: ownerReferenceTo(owner),
    labels,
    ...(poolName === undefined ? {} : { poolName }),
    ports,
  };
}

/** The ports of `found`, if it is ours, that `wanted` has no more. */
export function droppedBy(wanted: WantedAllocation, found: PortAllocation | undefined): readonly WantedPort[] {
  if (found === undefined || !belongsTo(wanted, found)) return [];
  const names = new Set(wanted.ports.map(({ name }) => name));
  return found.spec.ports.filter(({ name }) => !names.has(name));
}

/** What is to be done about an allocation. */
export type AllocationStep =
  /** It is as it should be. */
  | { readonly kind: 'keep' }
  | { readonly kind: 'create' }
  /** Ours, and to be written anew: its ports, its owner, or what keeps it. */
  | { readonly kind: 'update'; readonly object: PortAllocation }
  /** Of an owner that is gone, or of ports that nobody wants any more. */
  | { readonly kind: 'remove'; readonly object: PortAllocation }
  /** It is on its way out, and another one comes after it. */
  | { readonly kind: 'wait'; readonly object: PortAllocation }
  /** Somebody else's, under the name that we need. */
  | { readonly kind: 'foreign'; readonly object: PortAllocation };

/** Decides what is to be done about the allocation that is found under the name of `wanted`. */
export function decideAllocation(wanted: WantedAllocation, found: PortAllocation | undefined): AllocationStep {
  const isWanted = wanted.ports.length > 0;
  if (found === undefined) return { kind: isWanted ? 'create' : 'keep' };
  const isGoing = found.metadata.deletionTimestamp !== undefined;
  if (belongsTo(wanted, found)) return isGoing ? whileGoing(isWanted, found) : whileThere(wanted, found);
  if (!isLeftBehind(wanted, found)) return isWanted ? { kind: 'foreign', object: found } : { kind: 'keep' };
  if (isGoing) return { kind: 'wait', object: found };
  const isDangling = controllerOf(found) !== undefined;
  return { kind: isDangling || !isWanted ? 'remove' : 'update', object: found };
}

/** Kept by its finalizer it has its numbers as long as its pods live, and can't be written any more. */
function whileGoing(isWanted: boolean, found: PortAllocation): AllocationStep {
  return isWanted && isKept(found) ? { kind: 'keep' } : { kind: 'wait', object: found };
}

function whileThere({ ports }: WantedAllocation, found: PortAllocation): AllocationStep {
  if (ports.length === 0) return { kind: 'remove', object: found };
  return isKept(found) && samePorts(ports, found.spec.ports) ? { kind: 'keep' } : { kind: 'update', object: found };
}

/** Whether the owner of `wanted` is the controller of `found`. */
export function belongsTo({ owner }: Pick<WantedAllocation, 'owner'>, found: PortAllocation): boolean {
  return controllerOf(found)?.uid === owner.uid;
}

/** The numbers that `found` has for certain, by port name: those of a status that is about its spec as it is now. */
export function numbersIn(found: PortAllocation | undefined): ReadonlyMap<string, GivenPort> {
  const judged = verdictOn(found);
  if (found === undefined || judged === undefined || !isKept(found)) return new Map();
  const asked = new Set(found.spec.ports.map(({ name }) => name));
  return new Map((found.status?.ports ?? []).filter(({ name }) => asked.has(name)).map((port) => [port.name, port]));
}

/** What is said about `found` as it is now; undefined as long as nobody has looked at it. */
export function verdictOn(found: PortAllocation | undefined): Condition | undefined {
  const condition = findCondition(found?.status?.conditions, conditionTypes.allocated);
  return condition?.observedGeneration === found?.metadata.generation ? condition : undefined;
}

function isKept({ metadata }: PortAllocation): boolean {
  return metadata.finalizers?.includes(finalizers.inUse) === true;
}

/** Made for an owner of this name, who is gone or has let go of it. */
function isLeftBehind({ owner, labels }: WantedAllocation, found: PortAllocation): boolean {
  const controller = controllerOf(found);
  if (controller !== undefined) return controller.kind === owner.kind && controller.name === owner.name;
  return Object.entries(labels).every(([key, value]) => found.metadata.labels?.[key] === value);
}

function samePorts(wanted: readonly WantedPort[], found: readonly WantedPort[]): boolean {
  const texts = (ports: readonly WantedPort[]): string =>
    ports
      .map(({ name, protocol, count }) => `${name}/${protocol}/${count}`)
      .toSorted()
      .join(' ');
  return texts(wanted) === texts(found);
}
