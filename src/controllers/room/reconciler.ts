import { poolOn } from '../../allocation/index.ts';
import type { Ledger, Pools } from '../../allocation/index.ts';
import { roomResource } from '../../api/index.ts';
import type { Clock } from '../../base/clock.ts';
import { holderKind } from '../../core/index.ts';
import type { Claim } from '../../core/index.ts';
import { Nodes, Pods, isApiError } from '../../kube/index.ts';
import type { ClusterClient, Node, Pod, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { requestedRoom } from '../../workload/index.ts';
import type { Room } from '../../workload/index.ts';
import { isReported, patchFor, showsRoom } from './decide.ts';
import type { RoomPatch } from './decide.ts';
import { guestOf, roomOn } from './room-on.ts';
import type { PatchRate } from './patch-rate.ts';
import type { RoomRight } from './right.ts';

/** What the reconciler needs. */
export interface RoomReconcilerParts {
  readonly client: ClusterClient;
  readonly nodes: ResourceCache<Node>;
  readonly pods: ResourceCache<Pod>;
  /** The pods on a node that request room. */
  readonly guestsOn: (node: string) => readonly Pod[];
  readonly pools: Pools;
  readonly ledger: Ledger;
  readonly right: RoomRight;
  /** For all nodes together. */
  readonly rate: PatchRate;
  readonly clock: Clock;
}

/** The status of a node is written at most this often, in milliseconds. */
const WRITE_EVERY_MS = 1_000;

const POD = holderKind(Pods);

/** Keeps the room that each node advertises up to date. */
export class RoomReconciler {
  readonly #parts: RoomReconcilerParts;
  readonly #writtenAt = new Map<string, number>();

  constructor(parts: RoomReconcilerParts) {
    this.#parts = parts;
  }

  async reconcile(name: string, signal: AbortSignal): Promise<Outcome> {
    const { nodes, right, rate, clock } = this.#parts;
    const node = nodes.get(undefined, name);
    if (node === undefined) {
      this.#writtenAt.delete(name);
      return { kind: 'settled' };
    }
    await right.settle(signal);
    const patch = isReported(node) ? patchFor(node, this.#roomOf(name)) : undefined;
    if (patch === undefined) return this.#untilSomethingCooledDown(name);
    const sinceMs = clock.monotonic() - (this.#writtenAt.get(name) ?? -Infinity);
    const restMs = Math.max(WRITE_EVERY_MS - sinceMs, right.restMs, rate.restMs);
    if (restMs > 0) return { kind: 'again', afterMs: restMs };
    try {
      await this.#write(node, patch, signal);
    } catch (error) {
      if (isApiError(error, 'forbidden')) return { kind: 'again', afterMs: right.failed() };
      if (isApiError(error, 'notFound')) return { kind: 'settled' };
      throw error;
    }
    right.worked();
    await right.settle(signal);
    return this.#untilSomethingCooledDown(name);
  }

  /** The room that `name` should advertise. */
  #roomOf(name: string): Room {
    const { pools, ledger } = this.#parts;
    ledger.expire();
    const domain = ledger.domain(name);
    const occupied = new Map([...domain.occupied()].map((number) => [number, domain.obstaclesOn(number)] as const));
    const guests = this.#guestsOf(name, domain.claims());
    return new Map(
      pools
        .all()
        .filter(({ advertises }) => advertises)
        .map((known) => {
          const { name: pool, fault } = known;
          const { usable } = poolOn(known, name);
          const resource = roomResource(pool);
          const asking = guests.flatMap(({ pod, room }) => guestOf(pod, room.get(resource)));
          // There is no room for numbers that the pool doesn't hand out there; pods that have some keep them.
          return [resource, roomOn({ pool, usable: fault === undefined ? usable : [], occupied, guests: asking })];
        }),
    );
  }

  /** The pods on the node, and those that were assigned numbers there and aren't bound yet. */
  #guestsOf(name: string, claims: Iterable<Claim>): readonly { readonly pod: Pod; readonly room: Room }[] {
    const found = new Set(this.#parts.guestsOn(name));
    for (const { holder } of claims) {
      if (holderKind(holder) !== POD) continue;
      const pod = this.#parts.pods.get(holder.namespace, holder.name);
      if (pod !== undefined && isOnItsWay(pod)) found.add(pod);
    }
    return [...found].map((pod) => ({ pod, room: requestedRoom(pod) })).filter(({ room }) => room.size > 0);
  }

  async #write({ metadata: { name } }: Node, { status }: RoomPatch, signal: AbortSignal): Promise<void> {
    const { client, nodes, rate, clock } = this.#parts;
    this.#writtenAt.set(name, clock.monotonic());
    rate.wrote();
    const change = { type: 'merge', body: { status }, subresource: 'status', signal } as const;
    nodes.apply(await client.patch(Nodes, { name }, change));
  }

  /** The end of a cooldown doesn't change the ledger. */
  #untilSomethingCooledDown(name: string): Outcome {
    const { ledger, nodes, clock } = this.#parts;
    const node = nodes.get(undefined, name);
    const afterMs = ledger.domain(name).nextExpiry * 1000 - clock.now();
    const isAwaited = node !== undefined && showsRoom(node) && Number.isFinite(afterMs);
    return isAwaited ? { kind: 'again', afterMs: Math.max(WRITE_EVERY_MS, afterMs) } : { kind: 'settled' };
  }
}

function isOnItsWay({ metadata, spec }: Pod): boolean {
  return (spec.nodeName ?? '') === '' && metadata.deletionTimestamp === undefined;
}
