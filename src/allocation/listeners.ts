import type { ListeningSocket, NodeReportSpec } from '../api/index.ts';
import { ANY_ADDRESS, conflicts, firstConflict, holder, isUse, parseAddress, protocolsOf } from '../core/index.ts';
import type { Changes, Claim, Domain } from '../core/index.ts';
import { CLUSTER, EVERYWHERE } from '../ledger/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import { believedIn, UnmanagedListeners, useKeyOf } from './unmanaged-listeners.ts';
import type { Observe } from './observations.ts';
import type { Pools } from './pools.ts';
import type { BelievedReport, NodeReportStore } from './node-report-store.ts';
import type { ListenersOfNode } from './unmanaged-listeners.ts';

/** The kind of the holder that represents a process of a node. */
const NODE = 'Node';

/**
 * What a listening socket is. `explained`: the number has a holder, and the socket is taken for the holder's.
 * `doubtful`: it was explained one report ago; the holder may have ended since the agent looked. `unmanaged`: it belongs
 * to a process that doesn't hold the number.
 */
type Standing = 'explained' | 'doubtful' | 'unmanaged';

interface Socket {
  readonly claim: Claim;
  readonly standing: Standing;
}

/** By {@link useKeyOf}. */
type Sockets = ReadonlyMap<string, Socket>;

/** The part of the pools that is needed. */
type PoolsOfCluster = Pick<Pools, 'ofClusterWith' | 'subscribe'>;

/**
 * Keeps observed claims for the sockets on which processes of nodes listen, according to believed reports: in the
 * domain of the node, and in that of the cluster, where the report of one node counts for a few numbers only ({@link
 * believedIn}, ADR 19). A socket on a number that has a holder in the domain gets no observed claim: it is taken for the
 * holder's own.
 */
export class Listeners implements Disposable {
  readonly #ledger: Pick<Ledger, 'domain' | 'subscribe'>;
  readonly #reports: Pick<NodeReportStore, 'believed' | 'subscribe'>;
  readonly #observe: Observe;
  /** By domain, then by node: the sockets on which it listens. */
  readonly #sockets = new Map<DomainKey, Map<string, Sockets>>();
  readonly #unmanaged = new Map<DomainKey, UnmanagedListeners>();
  /** Pools for which a node reports more than counts, by node. */
  readonly #ignored = new Map<string, ReadonlySet<string>>();
  readonly #listeners = new Set<(pool: string) => void>();
  readonly #subscriptions: Disposable[] = [];
  #poolsWith: (number: number) => readonly string[] = () => [];
  #isObserving = false;

  constructor(parts: {
    readonly ledger: Pick<Ledger, 'domain' | 'subscribe'>;
    readonly reports: Pick<NodeReportStore, 'believed' | 'subscribe'>;
    readonly observe: Observe;
  }) {
    this.#ledger = parts.ledger;
    this.#reports = parts.reports;
    this.#observe = parts.observe;
  }

  /** Starts; to be called once the ledger is read: before, every socket would look unmanaged. */
  begin(pools: PoolsOfCluster): void {
    this.#poolsWith = (number) => pools.ofClusterWith(number);
    for (const believed of this.#reports.believed()) this.#see(believed);
    this.#subscriptions.push(
      this.#reports.subscribe((believed) => this.#see(believed)),
      this.#ledger.subscribe((key, changes) => this.#onLedger(key, changes)),
      pools.subscribe((node) => (node === undefined ? this.#onPools() : undefined)),
    );
  }

  /** The nodes that report more unmanaged listeners on numbers of `pool` than may block; see {@link MOST_BLOCKED}. */
  ignoredIn(pool: string): readonly string[] {
    return [...this.#ignored].filter(([, pools]) => pools.has(pool)).map(([node]) => node);
  }

  /** Calls `listener` with the name of a pool when {@link ignoredIn} changes. */
  subscribe(listener: (pool: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #see({ node, report }: BelievedReport): void {
    const claims = report === undefined ? [] : claimsOf(node, report);
    for (const key of [CLUSTER, node]) {
      const before = this.#sockets.get(key)?.get(node);
      if (before === undefined && claims.length === 0) continue;
      const domain = this.#ledger.domain(key);
      const judge = (claim: Claim): Socket => {
        return { claim, standing: standingOf(domain, claim, before?.get(useKeyOf(claim))?.standing) };
      };
      this.#replace(key, node, new Map(claims.map((claim) => [useKeyOf(claim), judge(claim)])));
    }
  }

  #onLedger(key: DomainKey | typeof EVERYWHERE, changes: Changes): void {
    if (this.#isObserving) return;
    for (const each of key === EVERYWHERE ? [...this.#unmanaged.keys()] : [key]) this.#lookAgain(each, changes.keys());
  }

  /** If a number with an unmanaged listener has got a holder, the process is taken for the holder's from now on. */
  #lookAgain(key: DomainKey, numbers: Iterable<number>): void {
    const unmanaged = this.#unmanaged.get(key);
    if (unmanaged === undefined) return;
    const domain = this.#ledger.domain(key);
    const explained: { node: string; claim: Claim }[] = [];
    for (const number of numbers) {
      if (domain.claimsOn(number).length === 0) continue;
      for (const [node, claim] of unmanaged.on(number)) if (isExplained(domain, claim)) explained.push({ node, claim });
    }
    for (const [node, group] of Map.groupBy(explained, (each) => each.node)) {
      const changed = group.map(({ claim }) => [useKeyOf(claim), { claim, standing: 'explained' }] as const);
      this.#replace(key, node, new Map([...(this.#sockets.get(key)?.get(node) ?? []), ...changed]));
    }
  }

  /** A pool may have other numbers now, so other listeners may be among the lowest that block. */
  #onPools(): void {
    for (const [node, sockets] of this.#sockets.get(CLUSTER) ?? []) this.#replace(CLUSTER, node, sockets);
  }

  #replace(key: DomainKey, node: string, sockets: Sockets): void {
    const nodes = this.#sockets.get(key) ?? new Map<string, Sockets>();
    this.#sockets.set(key, nodes);
    if (sockets.size === 0) nodes.delete(node);
    else nodes.set(node, sockets);
    const known = this.#unmanaged.get(key) ?? new UnmanagedListeners(key, this.#observe);
    this.#unmanaged.set(key, known);
    const unmanaged = unmanagedIn(sockets);
    const counting = key === CLUSTER ? this.#believed(node, unmanaged) : unmanaged;
    // An observed claim that this class writes is no reason to look again.
    this.#isObserving = true;
    try {
      known.replace(node, counting);
    } finally {
      this.#isObserving = false;
    }
  }

  /** The part of a node's report that counts for the whole cluster. */
  #believed(node: string, unmanaged: ListenersOfNode): ListenersOfNode {
    const { blocked, ignoredIn } = believedIn(unmanaged.keys(), this.#poolsWith);
    const before = this.#ignored.get(node) ?? new Set<string>();
    if (ignoredIn.size === 0) this.#ignored.delete(node);
    else this.#ignored.set(node, ignoredIn);
    const changed = [...before, ...ignoredIn].filter((pool) => before.has(pool) !== ignoredIn.has(pool));
    for (const pool of changed) for (const listener of this.#listeners) listener(pool);
    return new Map([...unmanaged].filter(([number]) => blocked.has(number)));
  }
}

/** The sockets of a report, as claims of the node. */
export function claimsOf(node: string, { listening, renewTime }: NodeReportSpec): readonly Claim[] {
  const by = holder({ group: '', kind: NODE, namespace: '', name: node, uid: node });
  const time = Math.floor(Date.parse(renewTime) / 1000);
  return listening.map(({ port, protocol, address }: ListeningSocket): Claim => ({
    number: port,
    protocols: protocolsOf(protocol),
    address: parseAddress(address ?? ANY_ADDRESS) ?? ANY_ADDRESS,
    pool: '',
    holder: by,
    port: 'listening',
    state: 'observed',
    time,
  }));
}

/** Whether `claim` was reported by a node agent. */
export function isOfNode({ holder: by, state }: Claim): boolean {
  return state === 'observed' && by.kind === NODE && by.group === '';
}

/**
 * Says what a socket is.
 * @param before what it was by the report before; undefined if that report didn't have it
 */
export function standingOf(domain: Domain, socket: Claim, before: Standing | undefined): Standing {
  if (isExplained(domain, socket)) return 'explained';
  // The agent may have looked before the holder ended. A cooling number belongs to the next object of the holder's name.
  const isCooling = before === undefined && firstConflict(domain.claimsOn(socket.number), socket)?.state === 'cooling';
  return before === 'explained' || isCooling ? 'doubtful' : 'unmanaged';
}

/** Whether the number has a holder, or is observed in another way: as a host port or a node port. */
function isExplained(domain: Domain, socket: Claim): boolean {
  const entitled = domain.claimsOn(socket.number).filter(isUse);
  if (firstConflict(entitled, socket) !== undefined) return true;
  return domain.observedOn(socket.number).some((seen) => !isOfNode(seen) && conflicts(seen, socket));
}

/** The unmanaged ones among `sockets`, by number. */
function unmanagedIn(sockets: Sockets): ListenersOfNode {
  const unmanaged = [...sockets.values()].filter(({ standing }) => standing === 'unmanaged');
  return Map.groupBy(
    unmanaged.map(({ claim }) => claim),
    ({ number }) => number,
  );
}
