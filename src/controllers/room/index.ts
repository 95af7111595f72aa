/**
 * Room: how many numbers of a pool of scope `Node` are left on a node, as an extended resource in the node's status, so that
 * the scheduler sends pods where there is room.
 *
 * Refuses: to give or take numbers, and to touch anything else of a node.
 *
 * 1. What a node shows, less what the pods on it request, is no more than the numbers that are free there.
 * 2. It follows a change within about a second, and is written no more often than that; what changes on all nodes at once is
 *    written on one after the other, and keeps no single node's change waiting.
 * 3. The right to write it is the managers' only as long as a pool advertises.
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
