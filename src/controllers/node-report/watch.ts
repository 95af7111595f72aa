import { API_VERSION, eventReasons, GROUP, PortAllocations } from '../../api/index.ts';
import { CLUSTER, claimsOf } from '../../allocation/index.ts';
import type { Ledger, NodeReportStore } from '../../allocation/index.ts';
import { pause } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import { conflicts, holderKind, isLoan, protocolName } from '../../core/index.ts';
import type { Claim } from '../../core/index.ts';
import type { EventRecorder, Pod, ResourceCache } from '../../kube/index.ts';
import { decide, userOf } from './decide.ts';
import type { HeldSocket, Suspicions, User } from './decide.ts';

/** What the watch needs. */
export interface UnmanagedListenerWatchParts {
  readonly book: NodeReportStore;
  readonly ledger: Ledger;
  readonly pods: ResourceCache<Pod>;
  readonly events: EventRecorder;
  /** Called after each look with how many held numbers unmanaged processes listen on, by pool. */
  readonly observe: (byPool: ReadonlyMap<string, number>) => void;
  readonly clock: Clock;
}

/** The time between two looks, in milliseconds: not much shorter than that between reports. */
const LOOK_EVERY_MS = 3_000;

/** Reports processes that listen on a number which another holder has. */
export class UnmanagedListenerWatch {
  readonly #parts: UnmanagedListenerWatchParts;
  #suspicions: Suspicions = new Map();

  constructor(parts: UnmanagedListenerWatchParts) {
    this.#parts = parts;
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.look();
      await pause(this.#parts.clock, LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  /** Looks once at every reported socket. */
  look(): void {
    const { suspicions, news, sure } = decide(this.#heldSockets(), this.#suspicions);
    this.#suspicions = suspicions;
    for (const socket of news) this.#report(socket);
    const numbers = Map.groupBy(sure, ({ claim }) => claim.pool);
    this.#parts.observe(
      new Map([...numbers].map(([pool, group]) => [pool, new Set(group.map(({ claim }) => claim.number)).size])),
    );
  }

  #heldSockets(): readonly HeldSocket[] {
    const found: HeldSocket[] = [];
    for (const { node, report } of this.#parts.book.believed()) {
      const { renewTime: seen } = report;
      const sockets = claimsOf(node, report);
      const claims = [CLUSTER, node].flatMap((key) => sockets.flatMap((socket) => this.#heldOn(key, socket)));
      for (const [claim, others] of claims) found.push({ node, claim, users: this.#usersOf(claim, others), seen });
    }
    return found;
  }

  /** The claims in this domain that cover the socket, each with all claims on the number. */
  #heldOn(key: string, socket: Claim): readonly (readonly [Claim, readonly Claim[]])[] {
    const claims = this.#parts.ledger.domain(key).claimsOn(socket.number);
    const held = claims.find((claim) => claim.state === 'held' && conflicts(claim, socket));
    return held === undefined ? [] : [[held, claims]];
  }

  /**
   * The number of an allocation that no pod borrows may be used by any process that read it; a shared number by any of
   * the pods that share it.
   */
  #usersOf(claim: Claim, others: readonly Claim[]): readonly User[] | undefined {
    if (holderKind(claim.holder) === 'Pod') return this.#podOf(claim);
    if (holderKind(claim.holder) !== ALLOCATION) return undefined;
    const borrowed = others.find((other) => isLoan(claim, other));
    return borrowed === undefined ? [] : this.#podOf(borrowed);
  }

  #podOf({ holder: { namespace, name, uid } }: Claim): readonly User[] | undefined {
    const pod = this.#parts.pods.get(namespace, name);
    return pod?.metadata.uid === uid ? [userOf(pod)] : undefined;
  }

  #report({ node, claim }: HeldSocket): void {
    const { namespace, name, uid } = claim.holder;
    const isPod = holderKind(claim.holder) === 'Pod';
    const which = isPod ? { apiVersion: 'v1', kind: 'Pod' } : { apiVersion: API_VERSION, kind: PortAllocations.kind };
    const port = `${claim.number}/${protocolName(claim.protocols)}`;
    const about = { ...which, namespace, name, uid };
    this.#parts.events.record(about, {
      type: 'Warning',
      reason: eventReasons.strangerOnPort,
      message: `a process of node "${node}" listens on ${port}, which is held for ${isPod ? 'this pod' : 'the pod that uses this allocation'}: stop that process, or keep the number out of pool "${claim.pool}" (spec.exclude) and ask again`,
    });
  }
}

const ALLOCATION = `${PortAllocations.kind}.${GROUP}`;
