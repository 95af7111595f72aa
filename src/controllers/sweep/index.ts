/**
 * Compares holders with the ledger at start and at an interval, and mends what is amiss.
 *
 * It refuses to decide anything about a holder on one look, or when the API server doesn't answer.
 *
 * 1. Nobody new is served before {@link SweepLoop.adoptAtStart} has ended well.
 * 2. A sweep may be cut short at any step; the next one goes on.
 */
export { lookAtPods } from './look-at-pods.ts';
export { DoubtLoop } from './doubt-loop.ts';
export type { DoubtLoopParts } from './doubt-loop.ts';
export { SweepLoop } from './loop.ts';
export type { SweepLoopParts } from './loop.ts';
