/**
 * Compares holders with the ledger, at start and at an interval, and repairs differences.
 * It refuses to decide anything about a holder on one look, or when the API server doesn't answer.
 * 1. No new request is served before {@link SweepLoop.adoptAtStart} has succeeded.
 * 2. A sweep may be interrupted at any step; the next one continues.
 */
export { lookAtPods } from './look-at-pods.ts';
export { DoubtLoop } from './doubt-loop.ts';
export type { DoubtLoopParts } from './doubt-loop.ts';
export { SweepLoop } from './loop.ts';
export type { SweepLoopParts } from './loop.ts';
