import {
  CLUSTER,
  allocationOf,
  controllerHolder,
  ordinalHolder,
  ordinalIn,
  podHolder,
  portOf,
  usesOf,
} from '../../allocation/index.ts';
import type { Allocator, Belief, Census, DomainKey, HostUse, Lending, Pools } from '../../allocation/index.ts';
import { Breath } from '../../base/breath.ts';
import { NO_POOL, holderKind } from '../../core/index.ts';
import type { GrantedPort, Holder } from '../../core/index.ts';
import { keyOf } from '../../kube/index.ts';
import type { OwnerChain, Pod, ResourceCache } from '../../kube/index.ts';
import { hostPortsOf, mayUsePorts, portHoldersOf } from '../../workload/index.ts';
import type { ClaimedPort, PortHolders } from '../../workload/index.ts';

/** What the count of pods needs. */
export interface PodCensusParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocator: Allocator;
  readonly lending: Lending;
  readonly pools: Pools;
  readonly owners: OwnerChain;
}

/** By pod; a pod that changes is another object. */
const read = new WeakMap<Pod, Reading | 'none'>();

/** A pod with ports: the holders of its numbers according to its annotations, and the host ports of its spec. */
interface Reading extends PortHolders {
  readonly uses: readonly HostUse[];
}

/** The result of a count of pods; see {@link Census}. */
export interface PodCensus extends Pick<Census, 'alive' | 'inUse' | 'seats'> {
  readonly beliefs: ReadonlyMap<DomainKey, readonly Belief[]>;
  /** Keys of pods that run although their reservation isn't confirmed. */
  readonly unconfirmed: readonly string[];
}

/**
 * The holders among running pods, and what they hold according to themselves. A pod whose reservation isn't confirmed
 * is about to be confirmed, and says nothing yet.
 */
export async function countPods(parts: PodCensusParts, signal: AbortSignal): Promise<PodCensus> {
  const alive = new Set<string>();
  const seats = new Map<string, DomainKey | undefined>();
  const inUse = new Set<string>();
  const unconfirmed: string[] = [];
  const beliefs = new Map<string, Seated>();
  const breath = new Breath();
  for (const pod of parts.pods.list()) {
    await breath.take();
    const parties = partiesIn(pod);
    if (parties === undefined || !mayUsePorts(pod)) continue;
    const { uid } = pod.metadata;
    for (const each of [uid, parties.token]) {
      alive.add(each);
      seats.set(each, pod.spec.nodeName);
    }
    const [domain, ...others] = domainsOf(pod, parties);
    // Before it is bound it has no numbers.
    if (domain === undefined) continue;
    const domains = [domain, ...others];
    addUsed(inUse, pod, parties);
    if (domains.some((each) => isReserved(parts.allocator, pod, parties.token, each))) {
      unconfirmed.push(keyOf(pod));
      continue;
    }
    for (const each of domains) {
      for (const [lender, belief] of loansOf(pod, parties, parts.lending, each)) {
        beliefs.set(`${each} ${lender} ${uid}`, { domain: each, belief });
      }
    }
    for (const belief of await beliefsOf(pod, parties, { ...parts, domain }, signal)) {
      const key = `${belief.holder.key} ${belief.holder.uid}`;
      // Pods that share numbers say the same; a pod with more ports says more.
      if (saysMore(belief, beliefs.get(key)?.belief)) beliefs.set(key, { domain, belief });
    }
  }
  const byDomain = Map.groupBy(beliefs.values(), ({ domain }) => domain);
  const said = [...byDomain].map(([key, group]) => [key, group.map(({ belief }) => belief)] as const);
  return { alive, seats, inUse, unconfirmed, beliefs: new Map(said) };
}

/** The numbers of the cluster that `pods` use and that are held for what is above the pods; see {@link Census}. */
export async function countUsed(pods: readonly Pod[]): Promise<ReadonlySet<string>> {
  const inUse = new Set<string>();
  const breath = new Breath();
  for (const pod of pods) {
    if (breath.isDue) await breath.take();
    const holders = portHoldersOf(pod);
    if (holders !== undefined && mayUsePorts(pod)) addUsed(inUse, pod, holders);
  }
  return inUse;
}

function addUsed(inUse: Set<string>, pod: Pod, parties: PortHolders): void {
  if (domainsOf(pod, parties)[0] !== CLUSTER) return;
  for (const number of usedNumbers(parties)) inUse.add(`${pod.metadata.namespace ?? ''}/${number}`);
}

/** A belief, and its domain. */
interface Seated {
  readonly domain: DomainKey;
  readonly belief: Belief;
}

function saysMore({ ports }: Belief, known: Belief | undefined): boolean {
  return known === undefined || [...known.ports].length < [...ports].length;
}

/** Whether the pod has a reservation that isn't confirmed yet. */
function isReserved(allocator: Allocator, { metadata }: Pod, token: string, domain: DomainKey): boolean {
  const { namespace = '', name, uid } = metadata;
  return allocator
    .claimsUnder(podHolder({ namespace, name, uid }).key, domain)
    .some(({ state, holder }) => holder.uid === token || (state === 'reserved' && holder.uid === uid));
}

/** The domain of the pod's own numbers, and those in which it may borrow. */
function domainsOf({ spec }: Pod, { nodePool }: PortHolders): readonly DomainKey[] {
  const node = spec.nodeName === undefined ? [] : [spec.nodeName];
  return nodePool === undefined ? [CLUSTER, ...node] : node;
}

/** The numbers that a pod uses and that are held for itself, its controller or its ordinal, which may be gone before it. */
function usedNumbers({ own, shared }: PortHolders): readonly number[] {
  return [...own, ...shared].flatMap(({ number, end = number }) =>
    Array.from({ length: end - number + 1 }, (_, at) => number + at),
  );
}

function partiesIn(pod: Pod): Reading | undefined {
  const known = read.get(pod) ?? readingOf(pod) ?? 'none';
  read.set(pod, known);
  return known === 'none' ? undefined : known;
}

function readingOf(pod: Pod): Reading | undefined {
  const parties = portHoldersOf(pod);
  return parties === undefined ? undefined : { ...parties, uses: usesOf(hostPortsOf(pod)) };
}

/** What a pod borrows, and from which allocation, by its spec alone: whatever its annotations say, or said before. */
function loansOf(
  { metadata }: Pod,
  { uses }: Reading,
  lending: Lending,
  domain: DomainKey,
): readonly (readonly [lenderUid: string, Belief])[] {
  const { namespace = '', name, uid } = metadata;
  const holder = podHolder({ namespace, name, uid });
  const since = Math.floor(Date.parse(metadata.creationTimestamp) / 1000);
  return lending.provenBy(holder, uses, domain).map((claims) => {
    const { poolName: pool, ports } = allocationOf(claims);
    return [claims[0]?.holder.uid ?? '', { holder, pool, ports, since }] as const;
  });
}

async function beliefsOf(
  { metadata }: Pod,
  { own, shared, ordinal, controller, nodePool }: PortHolders,
  { allocator, owners, pools, domain }: PodCensusParts & { readonly domain: DomainKey },
  signal: AbortSignal,
): Promise<readonly Belief[]> {
  const { namespace = '', name, uid } = metadata;
  const since = Math.floor(Date.parse(metadata.creationTimestamp) / 1000);
  const believe = (holder: Holder, ports: readonly ClaimedPort[]): Belief => {
    const pool = ports.flatMap(({ number }) => pools.with(number))[0] ?? NO_POOL;
    // Each number by itself, and by its place: a pod that the webhook never saw may say anything, and a number that no
    // pool hands out there must not count for a pool.
    const poolOf = (number: number): string => pools.handingOut(number, domain === CLUSTER ? undefined : domain);
    return { holder, pool, poolOf, ports: ports.map(grantedOf), since };
  };
  const isHeldBy = (number: number, isIt: (holder: Holder) => boolean) =>
    allocator.holdersOf(number, domain).some((by) => by.namespace === namespace && isIt(by));
  const beliefs: Belief[] = [];
  // A controller that was deleted without its pods still holds their sticky and shared numbers.
  const isLent = ({ number, scope }: ClaimedPort): boolean =>
    isHeldBy(number, (by) => ordinalIn(by) !== undefined || (scope === 'RoleScoped' && holderKind(by) !== 'Pod'));
  // Numbers that came with the Binding are only in annotations: if the ledger knows any of them, it knows better.
  const known = new Set(
    nodePool === undefined
      ? []
      : allocator.claimsUnder(podHolder({ namespace, name, uid }).key, domain).map(({ port }) => port),
  );
  const mine = own.filter((port) => (ordinal !== undefined || !isLent(port)) && !known.has(port.name));
  if (mine.length > 0) {
    const holder =
      ordinal === undefined
        ? podHolder({ namespace, name, uid })
        : ordinalHolder(namespace, ordinal.set, ordinal.ordinal);
    beliefs.push(believe(holder, mine));
  }
  // Held by any holder of the namespace: the controller may have been deleted without its pods.
  const lost = shared.filter(({ number }) => !isHeldBy(number, () => true));
  if (lost.length > 0 && controller !== undefined) {
    const top = await owners.topmost(namespace, controller, signal);
    if (top !== undefined) beliefs.push(believe(controllerHolder(namespace, top), lost));
  }
  return beliefs;
}

function grantedOf({ name, number, end = number, protocol, hostIP }: ClaimedPort): GrantedPort {
  const address = hostIP === undefined ? {} : { hostIP };
  return { ...portOf({ name, protocol, count: end - number + 1, ...address }), number };
}
