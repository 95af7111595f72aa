/**
 * Unmanaged listeners on held numbers: processes that listen, by the reports of node agents, on a number whose holder can't be them.
 *
 * Refuses: to take anything from the holder, and to guess: where it isn't known which pods use a number, anybody may listen.
 *
 * 1. No process is called unmanaged after one report alone.
 * 2. Each is told once, as long as it stays.
 */
export { NodeReportController } from './controller.ts';
export type { NodeReportControllerParts } from './controller.ts';
export { decide, isUnmanaged, userOf } from './decide.ts';
export type { HeldSocket, Suspicions, User, Verdict } from './decide.ts';
export { UnmanagedListenerWatch } from './watch.ts';
export type { UnmanagedListenerWatchParts } from './watch.ts';
