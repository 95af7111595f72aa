/**
 * Unmanaged listeners on held numbers: processes that listen, according to node agents, on a number whose holder they
 * can't belong to.
 * It refuses to take anything from the holder, and to guess: if the pods that use a number aren't all known, any
 * process may be theirs.
 * 1. No process is called unmanaged after one report alone.
 * 2. Each is reported once, as long as it stays.
 */
export { NodeReportController } from './controller.ts';
export type { NodeReportControllerParts } from './controller.ts';
export { decide, isUnmanaged, userOf } from './decide.ts';
export type { HeldSocket, Suspicions, User, Verdict } from './decide.ts';
export { UnmanagedListenerWatch } from './watch.ts';
export type { UnmanagedListenerWatchParts } from './watch.ts';
