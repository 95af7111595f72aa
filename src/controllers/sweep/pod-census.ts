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

/** What the count of pods is made of. */
export interface PodCensusParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocator: Allocator;
  readonly lending: Lending;
  readonly pools: Pools;
  readonly owners: OwnerChain;
}

/** Of pods that haven't changed since the last count; what was read of them is as before. */
const read = new WeakMap<Pod, Reading | 'none'>();

/** A pod that was given ports: for whom they are held as it says, and what its spec declares. */
interface Reading extends PortHolders {
  readonly uses: readonly HostUse[];
}

/** What a count of pods gives; see {@link Census}. */
export interface PodCensus extends Pick<Census, 'alive' | 'inUse' | 'seats'> {
  readonly beliefs: ReadonlyMap<DomainKey, readonly Belief[]>;
  /** Keys of pods that run while their reservation isn't confirmed. */
  readonly unconfirmed: readonly string[];
}

/**
 * The holders among pods, and what they say that they have: those that run. A pod whose reservation isn't confirmed yet
 * is somebody's who is about to be seen, and says nothing.
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
    // Before it is bound it has none.
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
      // Pods that share numbers say the same; one with a port more says more.
      if (saysMore(belief, beliefs.get(key)?.belief)) beliefs.set(key, { domain, belief });
    }
  }
  const byDomain = Map.groupBy(beliefs.values(), ({ domain }) => domain);
  const said = [...byDomain].map(([key, group]) => [key, group.map(({ belief }) => belief)] as const);
  return { alive, seats, inUse, unconfirmed, beliefs: new Map(said) };
}

/** The numbers of the cluster that `pods` use of those which are held for what stands above them; see {@link Census}. */
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

/** A belief, and the domain that it is about. */
interface Seated {
  readonly domain: DomainKey;
  readonly belief: Belief;
}

function saysMore({ ports }: Belief, known: Belief | undefined): boolean {
  return known === undefined || [...known.ports].length < [...ports].length;
}

/** Whether something is reserved for the pod that nobody has confirmed yet. */
function isReserved(allocator: Allocator, { metadata }: Pod, token: string, domain: DomainKey): boolean {
  const { namespace = '', name, uid } = metadata;
  return allocator
    .claimsUnder(podHolder({ namespace, name, uid }).key, domain)
    .some(({ state, holder }) => holder.uid === token || (state === 'reserved' && holder.uid === uid));
}

/** Where a pod has its numbers, and where else it may have borrowed some. */
function domainsOf({ spec }: Pod, { nodePool }: PortHolders): readonly DomainKey[] {
  const node = spec.nodeName === undefined ? [] : [spec.nodeName];
  return nodePool === undefined ? [CLUSTER, ...node] : node;
}

/** What a pod uses: held for itself, its controller or its ordinal, which may be gone before it. */
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

/** What a pod has borrowed, by its spec alone, and of whom: whatever its annotations say, and said before. */
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
    // Each by itself, and by where it is: a pod that the webhook never saw says what it likes, and what no pool hands out there
    // is not to pass for a pool's.
    const poolOf = (number: number): string => pools.handingOut(number, domain === CLUSTER ? undefined : domain);
    return { holder, pool, poolOf, ports: ports.map(grantedOf), since };
  };
  const isHeldBy = (number: number, isIt: (holder: Holder) => boolean) =>
    allocator.holdersOf(number, domain).some((by) => by.namespace === namespace && isIt(by));
  const beliefs: Belief[] = [];
  // Whoever was taken away from over its pods still holds the numbers that it kept or shared.
  const isLent = ({ number, scope }: ClaimedPort): boolean =>
    isHeldBy(number, (by) => ordinalIn(by) !== undefined || (scope === 'RoleScoped' && holderKind(by) !== 'Pod'));
  // Numbers that came with the Binding stand in annotations alone: of these the ledger knows better, if it knows any.
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
  // Whoever in the namespace holds them: the controller may have been taken away from over its pods.
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
