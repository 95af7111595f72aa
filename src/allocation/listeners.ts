import type { ListeningSocket, NodeReportSpec } from '../api/index.ts';
import { ANY_ADDRESS, conflicts, firstConflict, holder, parseAddress, protocolsOf } from '../core/index.ts';
import type { Claim, Domain } from '../core/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import type { Observe } from './observations.ts';
import type { ReportBook, Sighting } from './report-book.ts';

/** The kind of the holder that stands for a process of a node. */
const NODE = 'Node';

/**
 * What is made of a listening socket. `explained`: somebody has the number by right, and the socket is theirs for all that is
 * known. `doubtful`: it was explained a report ago; whoever had the number may have ended since the agent looked.
 */
type Standing = 'explained' | 'doubtful' | 'strange';

interface Socket {
  readonly claim: Claim;
  readonly standing: Standing;
}

/** By {@link useOf}. */
type Sockets = ReadonlyMap<string, Socket>;

/**
 * Keeps observed what processes of nodes listen on by the reports that are believed: in the domain of the node, and in that of
 * the cluster. A number that somebody has in the domain needs no observation, and its holder's own process is no stranger.
 */
export class Listeners implements Disposable {
  readonly #ledger: Pick<Ledger, 'domain' | 'subscribe'>;
  readonly #book: Pick<ReportBook, 'believed' | 'subscribe'>;
  readonly #observe: Observe;
  /** By domain, then node, then what is listened on. */
  readonly #sockets = new Map<DomainKey, Map<string, Sockets>>();
  /** Strangers by domain, then number, then node. */
  readonly #strange = new Map<DomainKey, Map<number, Map<string, readonly Claim[]>>>();
  readonly #subscriptions: Disposable[] = [];
  #isTelling = false;

  constructor(parts: {
    readonly ledger: Pick<Ledger, 'domain' | 'subscribe'>;
    readonly book: Pick<ReportBook, 'believed' | 'subscribe'>;
    readonly observe: Observe;
  }) {
    this.#ledger = parts.ledger;
    this.#book = parts.book;
    this.#observe = parts.observe;
  }

  /** Begins, once the ledger is read: before, every socket would look like a stranger's. */
  begin(): void {
    for (const sighting of this.#book.believed()) this.#see(sighting);
    this.#subscriptions.push(
      this.#book.subscribe((sighting) => this.#see(sighting)),
      this.#ledger.subscribe((key) => this.#lookAgain(key)),
    );
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #see({ node, report }: Sighting): void {
    const claims = report === undefined ? [] : claimsOf(node, report);
    for (const key of [CLUSTER, node]) {
      const before = this.#sockets.get(key)?.get(node);
      if (before === undefined && claims.length === 0) continue;
      const domain = this.#ledger.domain(key);
      const judge = (claim: Claim): Socket => {
        return { claim, standing: standingOf(domain, claim, before?.get(useOf(claim))?.standing) };
      };
      this.#replace(key, node, new Map(claims.map((claim) => [useOf(claim), judge(claim)])));
    }
  }

  /** Somebody may have taken a number by right on which a stranger was seen: then it was no stranger. */
  #lookAgain(key: DomainKey): void {
    const numbers = this.#strange.get(key);
    if (this.#isTelling || numbers === undefined) return;
    const domain = this.#ledger.domain(key);
    for (const [number, nodes] of [...numbers]) {
      if (domain.claimsOn(number).length === 0) continue;
      for (const [node, claims] of [...nodes]) {
        const explained = claims.filter((claim) => isExplained(domain, claim));
        if (explained.length === 0) continue;
        const changed = explained.map((claim) => [useOf(claim), { claim, standing: 'explained' }] as const);
        this.#replace(key, node, new Map([...(this.#sockets.get(key)?.get(node) ?? []), ...changed]));
      }
    }
  }

  #replace(key: DomainKey, node: string, sockets: Sockets): void {
    const nodes = this.#sockets.get(key) ?? new Map<string, Sockets>();
    this.#sockets.set(key, nodes);
    const before = strangersIn(nodes.get(node));
    if (sockets.size === 0) nodes.delete(node);
    else nodes.set(node, sockets);
    const after = strangersIn(sockets);
    for (const number of new Set([...before.keys(), ...after.keys()])) {
      const claims = after.get(number) ?? [];
      if (usesOf(claims) !== usesOf(before.get(number) ?? [])) this.#publish(key, node, number, claims);
    }
  }

  #publish(key: DomainKey, node: string, number: number, claims: readonly Claim[]): void {
    const numbers = this.#strange.get(key) ?? new Map<number, Map<string, readonly Claim[]>>();
    this.#strange.set(key, numbers);
    const nodes = numbers.get(number) ?? new Map<string, readonly Claim[]>();
    if (claims.length === 0) nodes.delete(node);
    else nodes.set(node, claims);
    if (nodes.size === 0) numbers.delete(number);
    else numbers.set(number, nodes);
    // What is in use in one way on a thousand nodes is in the way once.
    const all = new Map<string, Claim>();
    for (const claim of [...nodes.values()].flat()) if (!all.has(useOf(claim))) all.set(useOf(claim), claim);
    // What is observed is no reason to look again at what is observed.
    this.#isTelling = true;
    try {
      this.#observe.observe(key, number, [...all.values()]);
    } finally {
      this.#isTelling = false;
    }
  }
}

/** What a report says of sockets, as claims of the node. */
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

/** Whether `claim` is what a node agent saw. */
export function isOfNode({ holder: by, state }: Claim): boolean {
  return state === 'observed' && by.kind === NODE && by.group === '';
}

/**
 * What to make of a socket. One that somebody had a report ago, or whose number cools, is left alone once more: the agent may
 * have looked before the holder ended, and the number belongs to whoever comes back under the same name.
 */
export function standingOf(domain: Domain, socket: Claim, before: Standing | undefined): Standing {
  if (isExplained(domain, socket)) return 'explained';
  const isCooling = before === undefined && firstConflict(domain.claimsOn(socket.number), socket)?.state === 'cooling';
  return before === 'explained' || isCooling ? 'doubtful' : 'strange';
}

/** Whether somebody has by right what is listened on, or was seen there in another way: a host port, a node port. */
function isExplained(domain: Domain, socket: Claim): boolean {
  const entitled = domain.claimsOn(socket.number).filter(({ state }) => state === 'held' || state === 'reserved');
  if (firstConflict(entitled, socket) !== undefined) return true;
  return domain.observedOn(socket.number).some((seen) => !isOfNode(seen) && conflicts(seen, socket));
}

/** Those of `sockets` that nobody has by right, by number. */
function strangersIn(sockets: Sockets = new Map()): ReadonlyMap<number, readonly Claim[]> {
  const strange = [...sockets.values()].filter(({ standing }) => standing === 'strange');
  return Map.groupBy(
    strange.map(({ claim }) => claim),
    ({ number }) => number,
  );
}

/** What is listened on, as text. */
function useOf({ number, protocols, address }: Claim): string {
  return `${number} ${protocols} ${address}`;
}

function usesOf(claims: readonly Claim[]): string {
  return claims.map(useOf).join();
}
