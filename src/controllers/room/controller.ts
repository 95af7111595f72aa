import { API_VERSION, ROOM_PREFIX, eventReasons, roomResource } from '../../api/index.ts';
import { CLUSTER, EVERYWHERE } from '../../allocation/index.ts';
import type { KnownPool, Ledger, Pools } from '../../allocation/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import type { ClusterClient, EventRecorder, Node, Pod, ResourceCache } from '../../kube/index.ts';
import type { MakeController } from '../../runtime/index.ts';
import { requestedRoom, roomIn } from '../../workload/index.ts';
import type { LeaderTools } from '../../runtime/index.ts';
import { PatchRate } from './patch-rate.ts';
import { RoomReconciler } from './reconciler.ts';
import { RoomRight } from './right.ts';
import { Rounds } from './rounds.ts';
import { advertisedBy } from './progress.ts';
import { isReported, showsRoom, showsSameRoom } from './decide.ts';
import type { Advertised } from './progress.ts';

/** What room needs from the other parts of a manager. */
export interface RoomParts {
  readonly clock: Clock;
  /** The namespace of the managers. */
  readonly namespace: string;
  readonly nodes: ResourceCache<Node>;
  readonly pods: ResourceCache<Pod>;
  readonly pools: Pools;
  readonly ledger: Ledger;
  readonly makeController: MakeController;
}

/** How many nodes are written at once. */
const NODE_WORKERS = 8;
/** Changes of a node within this time, in milliseconds, are handled together. */
const SETTLE_MS = 300;

/** The index of pods that request room, by node. */
const GUESTS = 'room';
/** The index of nodes that advertise room, under this key and by pool. */
const SHOWING = 'room';
/** The index of nodes that may advertise any, under this key. */
const REPORTED = 'reported';
/** The progress of a pool is reported at most this often, in milliseconds. */
const TELL_EVERY_MS = 1_000;

const REFUSED =
  'the managers may not write the status of nodes, so that pods with a request for its room are not scheduled: run "hostport install", or set spec.advertise: false';

/** Advertises the room of pools on nodes, for one manager. */
export class Room {
  readonly #parts: RoomParts;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    parts.pods.index(GUESTS, (pod) => {
      const node = nodeWithRoomFor(pod);
      return node === undefined ? [] : [node];
    });
    parts.nodes.index(SHOWING, (node) => (showsRoom(node) ? [SHOWING, ...roomIn(node.status?.capacity).keys()] : []));
    parts.nodes.index(REPORTED, (node) => (isReported(node) ? [REPORTED] : []));
  }

  /** The leader's right to write the status of nodes, as long as there is room to advertise, or to remove. */
  rightFor(client: ClusterClient): RoomRight {
    const { clock, namespace, nodes, pools } = this.#parts;
    const isNeeded = (): boolean =>
      pools.all().some(({ advertises }) => advertises) || nodes.countByIndex(SHOWING, SHOWING) > 0;
    return new RoomRight({ client, clock, namespace, isNeeded });
  }

  /** Why no node advertises the room of `pool`; undefined if nodes do, or aren't meant to. */
  faultOf(
    { advertises }: KnownPool,
    right: RoomRight,
  ): { readonly reason: string; readonly message: string } | undefined {
    return advertises && right.isRefused ? { reason: 'Forbidden', message: REFUSED } : undefined;
  }

  /** How many nodes advertise the room of `pool`, for its condition. */
  progressOf({ name, advertises }: KnownPool): Advertised {
    const { nodes } = this.#parts;
    const showing = nodes.countByIndex(SHOWING, roomResource(name));
    return advertisedBy({ showing, nodes: nodes.countByIndex(REPORTED, REPORTED) }, advertises);
  }

  /**
   * Starts what only a leader does.
   * @param lookAtPool enqueues a pool whose status may have changed, after a delay in milliseconds
   */
  serve(term: Lifetime, { client, events }: LeaderTools, right: RoomRight, lookAtPool: LookAtPool): void {
    const { clock, nodes, pods, pools, ledger, makeController } = this.#parts;
    term.own(right.subscribe((isRefused) => this.#onFault(isRefused, events, lookAtPool)));
    const guestsOn = (node: string): readonly Pod[] => pods.byIndex(GUESTS, node);
    const rate = new PatchRate(clock);
    const reconciler = new RoomReconciler({ client, nodes, pods, guestsOn, pools, ledger, right, rate, clock });
    const controller = makeController('room', NODE_WORKERS, (key, signal) => reconciler.reconcile(key, signal));
    const look = (node: string): void => controller.enqueueAfter(node, SETTLE_MS);

    const rounds = term.own(
      new Rounds(
        clock,
        (node) => controller.enqueue(node),
        () => right.restMs > 0,
      ),
    );
    // Objects that exist already are handled at the start.
    let isBegun = false;
    term.own(
      nodes.subscribe((change) => {
        const before = change.type === 'applied' ? change.previous : undefined;
        if (before !== undefined && showsSameRoom(before, change.object)) return;
        const { name } = change.object.metadata;
        if (isBegun) look(name);
        else rounds.add([name]);
        for (const pool of poolsShownOnOne(before, change.object)) lookAtPool(pool, TELL_EVERY_MS);
      }),
    );
    isBegun = true;
    term.own(
      pods.subscribe((change) => {
        const after = change.type === 'deleted' ? undefined : nodeWithRoomFor(change.object);
        const former = change.type === 'deleted' ? change.object : change.previous;
        const before = former === undefined ? undefined : nodeWithRoomFor(former);
        // Other changes of a pod arrive through the ledger.
        if (before !== after) [before, after].forEach((node) => (node === undefined ? undefined : look(node)));
      }),
    );
    const lookAtAll = (): void => {
      if (right.isNeeded) rounds.add(nodes.list().map(({ metadata }) => metadata.name));
    };
    term.own(pools.subscribe((node) => (node === undefined ? lookAtAll() : look(node))));
    term.own(
      ledger.subscribe((domain) => {
        if (domain === EVERYWHERE) lookAtAll();
        else if (domain !== CLUSTER) look(domain);
      }),
    );
    controller.start(term);
  }

  #onFault(isRefused: boolean, events: EventRecorder, lookAtPool: LookAtPool): void {
    for (const { name, uid, advertises } of this.#parts.pools.all()) {
      if (!advertises) continue;
      lookAtPool(name);
      if (!isRefused) continue;
      const about = { apiVersion: API_VERSION, kind: 'PortPool', name, uid };
      events.record(about, { type: 'Warning', reason: eventReasons.roomNotAdvertised, message: REFUSED });
    }
  }
}

/** Enqueues a pool whose status may have changed; after a delay in milliseconds, or at once. */
type LookAtPool = (name: string, afterMs?: number) => void;

/** The pools whose room only one of two versions of a node advertises. */
function poolsShownOnOne(before: Node | undefined, after: Node): readonly string[] {
  const [old, now] = [before, after].map((node) => new Set(roomIn(node?.status?.capacity).keys()));
  return [...(old ?? []), ...(now ?? [])]
    .filter((resource) => old?.has(resource) !== now?.has(resource))
    .map((resource) => resource.slice(ROOM_PREFIX.length));
}

/** The node of `pod`, if the scheduler counts the pod's request for room there. */
function nodeWithRoomFor(pod: Pod): string | undefined {
  const { nodeName = '' } = pod.spec;
  return nodeName === '' || requestedRoom(pod).size === 0 ? undefined : nodeName;
}
