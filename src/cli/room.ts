import { API_VERSION, eventReasons } from '../api/index.ts';
import { CLUSTER } from '../allocation/index.ts';
import type { KnownPool, Ledger, Pools } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Lifetime } from '../base/lifetime.ts';
import { RoomReconciler, RoomRight, showsRoom, showsSameRoom } from '../controllers/room/index.ts';
import type { EventRecorder, Node, Pod, ResourceCache } from '../kube/index.ts';
import type { MakeController } from '../runtime/index.ts';
import { requestedRoom } from '../workload/index.ts';
import type { LeaderTools } from './leader-tools.ts';

/** What room needs of the rest of the product. */
export interface RoomParts {
  readonly clock: Clock;
  /** Where the managers live. */
  readonly namespace: string;
  readonly nodes: ResourceCache<Node>;
  readonly pods: ResourceCache<Pod>;
  readonly pools: Pools;
  readonly ledger: Ledger;
  readonly makeController: MakeController;
}

/** Nodes that are written at once. */
const NODE_WORKERS = 8;
/** What happens on a node within this time is looked at together, in milliseconds. */
const SETTLE_MS = 300;

/** Of pods: those that request room, by their node. */
const GUESTS = 'room';
/** Of nodes: under this one key those that show room. */
const SHOWING = 'room';

const REFUSED =
  'the managers may not write the status of nodes, so that pods with a request for its room are not scheduled: run "hostport install", or set spec.advertise: false';

/** All that concerns the room that nodes show, in one manager. */
export class Room {
  readonly #parts: RoomParts;
  #right: RoomRight | undefined;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    parts.pods.index(GUESTS, (pod) => {
      const node = nodeWithRoomFor(pod);
      return node === undefined ? [] : [node];
    });
    parts.nodes.index(SHOWING, (node) => (showsRoom(node) ? [SHOWING] : []));
  }

  /** Why no node shows the room of `pool`; undefined where nodes do, or aren't meant to. */
  faultOf({ advertises }: KnownPool): { readonly reason: string; readonly message: string } | undefined {
    return advertises && this.#right?.isRefused === true ? { reason: 'Forbidden', message: REFUSED } : undefined;
  }

  /**
   * Starts what only a leader does.
   * @param lookAtPool has a pool's status looked at
   */
  serve(term: Lifetime, { client, events }: LeaderTools, lookAtPool: (name: string) => void): void {
    const { clock, namespace, nodes, pods, pools, ledger, makeController } = this.#parts;
    const right = new RoomRight({
      client,
      clock,
      namespace,
      isNeeded: () => pools.all().some(({ advertises }) => advertises) || nodes.byIndex(SHOWING, SHOWING).length > 0,
      onFault: (isRefused) => this.#onFault(isRefused, events, lookAtPool),
    });
    this.#right = right;
    const guestsOn = (node: string): readonly Pod[] => pods.byIndex(GUESTS, node);
    const reconciler = new RoomReconciler({ client, nodes, pods, guestsOn, pools, ledger, right, clock });
    const controller = makeController('room', NODE_WORKERS, (key, signal) => reconciler.reconcile(key, signal));
    const look = (node: string): void => controller.enqueueAfter(node, SETTLE_MS);

    term.own(
      nodes.subscribe((change) => {
        const before = change.type === 'applied' ? change.previous : undefined;
        if (before === undefined || !showsSameRoom(before, change.object)) look(change.object.metadata.name);
      }),
    );
    term.own(
      pods.subscribe((change) => {
        const after = change.type === 'deleted' ? undefined : nodeWithRoomFor(change.object);
        const former = change.type === 'deleted' ? change.object : change.previous;
        const before = former === undefined ? undefined : nodeWithRoomFor(former);
        // What else becomes of a pod comes through the ledger.
        if (before !== after) [before, after].forEach((node) => (node === undefined ? undefined : look(node)));
      }),
    );
    term.own(
      pools.subscribe((node) =>
        (node === undefined ? nodes.list().map(({ metadata }) => metadata.name) : [node]).forEach(look),
      ),
    );
    term.own(ledger.subscribe((domain) => (domain === CLUSTER ? undefined : look(domain))));
    controller.start(term);
  }

  #onFault(isRefused: boolean, events: EventRecorder, lookAtPool: (name: string) => void): void {
    for (const { name, uid, advertises } of this.#parts.pools.all()) {
      if (!advertises) continue;
      lookAtPool(name);
      if (!isRefused) continue;
      events.record({
        regarding: { apiVersion: API_VERSION, kind: 'PortPool', name, uid },
        type: 'Warning',
        reason: eventReasons.roomNotAdvertised,
        message: REFUSED,
        component: 'hostport',
      });
    }
  }
}

/** The node that `pod` is on, if the scheduler counts its request for room there. */
function nodeWithRoomFor(pod: Pod): string | undefined {
  const { nodeName = '' } = pod.spec;
  return nodeName === '' || requestedRoom(pod).size === 0 ? undefined : nodeName;
}
