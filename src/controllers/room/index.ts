/**
 * Room: how many numbers of a pool of scope `Node` are left on a node, as an extended resource in the node's status, so
 * that the scheduler sends pods where there is room.
 * It refuses to assign or release numbers, and to touch anything else of a node.
 * 1. What a node advertises, less what the pods on it request, is at most the count of free numbers there.
 * 2. It follows a change within about a second, and is written at most that often. A change on all nodes is written on
 *    one after the other, and delays no change of a single node.
 * 3. The managers have the right to write it only as long as a pool advertises.
 */
export { Room } from './controller.ts';
export type { RoomParts } from './controller.ts';
export { PatchRate } from './patch-rate.ts';
export { advertisedBy } from './progress.ts';
export type { Advertised, Progress } from './progress.ts';
export { isReported, patchFor, showsRoom, showsSameRoom } from './decide.ts';
export type { RoomPatch } from './decide.ts';
export { RoomReconciler } from './reconciler.ts';
export type { RoomReconcilerParts } from './reconciler.ts';
export { RoomRight } from './right.ts';
export type { RoomRightParts } from './right.ts';
export { Rounds } from './rounds.ts';
export { roomOn } from './room-on.ts';
export type { Guest, Situation } from './room-on.ts';
