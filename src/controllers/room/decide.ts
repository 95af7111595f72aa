import { ROOM_PREFIX } from '../../api/index.ts';
import type { Node } from '../../kube/index.ts';
import { roomIn } from '../../workload/index.ts';
import type { Room } from '../../workload/index.ts';

/** A merge patch of a node's status; null removes a resource. */
export interface RoomPatch {
  readonly status: {
    readonly capacity: Readonly<Record<string, string | null>>;
    readonly allocatable: Readonly<Record<string, string | null>>;
  };
}

/** Whether `node` advertises any room. */
export function showsRoom({ status }: Node): boolean {
  return roomIn(status?.capacity).size > 0 || roomIn(status?.allocatable).size > 0;
}

/** Whether both advertise the same room: everything else in a node's status changes all the time. */
export function showsSameRoom(left: Node, right: Node): boolean {
  return (
    isReported(left) === isReported(right) &&
    isSame(roomIn(left.status?.capacity), roomIn(right.status?.capacity)) &&
    isSame(roomIn(left.status?.allocatable), roomIn(right.status?.allocatable))
  );
}

/**
 * Whether a kubelet has reported what the node has. Before that nothing is scheduled there, and programs that complete
 * a node's status, such as kwok, take a node with any capacity for complete.
 */
export function isReported({ status }: Node): boolean {
  return Object.keys(status?.capacity ?? {}).some((name) => !name.startsWith(ROOM_PREFIX));
}

/** The patch that makes `node` advertise exactly `room`; undefined if it does. */
export function patchFor({ status }: Node, room: Room): RoomPatch | undefined {
  const [capacity, allocatable] = [changes(status?.capacity, room), changes(status?.allocatable, room)];
  const isRight = Object.keys(capacity).length === 0 && Object.keys(allocatable).length === 0;
  return isRight ? undefined : { status: { capacity, allocatable } };
}

function changes(resources: Readonly<Record<string, string>> | undefined, room: Room): Record<string, string | null> {
  const shown = roomIn(resources);
  const stale = [...shown.keys()].filter((name) => !room.has(name)).map((name) => [name, null] as const);
  const wanted = [...room].filter(([name, count]) => shown.get(name) !== count);
  return Object.fromEntries([...stale, ...wanted.map(([name, count]) => [name, String(count)] as const)]);
}

function isSame(left: Room, right: Room): boolean {
  return left.size === right.size && [...left].every(([name, count]) => right.get(name) === count);
}
