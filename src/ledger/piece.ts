import type { Fence } from '../base/fence.ts';
import { err } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Domain, PlanContext, Refusal } from '../core/index.ts';
import { blockOf } from './block.ts';
import { undo } from './undo.ts';
import type { Change } from './undo.ts';

/** What is to be done to a domain: synchronous, inside a transaction, and run again when the ledger has moved on. */
export type Work<T> = (domain: Domain, context: PlanContext) => Result<T, Refusal>;

/** A piece of work that waits for its answer. */
export interface Piece {
  readonly run: Work<unknown>;
  readonly settle: (outcome: Result<unknown, Refusal>) => void;
  readonly fail: (error: unknown) => void;
  readonly signal: AbortSignal;
  readonly fence: Fence;
  /** What already is durable of a piece that has to be planned again: the number before and after. */
  readonly durable: Map<number, Change>;
  /** First numbers of blocks that have to be written for it, whether or not its claims change; those that were are gone. */
  readonly rewrite: Set<number>;
}

/** What a piece comes to in one round, unless a write of it fails. */
export interface Planned {
  readonly piece: Piece;
  readonly outcome: Result<unknown, Refusal>;
  readonly cells: ReadonlyMap<number, Change>;
}

/** What the writing of one block came to. */
export type Fate = 'written' | 'stale' | Failure;

/** A block that could not be written. */
export interface Failure {
  readonly failed: string;
  /** Whether what the block says is known nevertheless, and another try may succeed. */
  readonly isWorthAnotherTry: boolean;
}

/** Answers a piece of work if its fate is known; false when it has to be planned again. */
export function settle({ piece, outcome, cells }: Planned, fates: ReadonlyMap<number, Fate>): boolean {
  // A refusal may be due to a neighbour in the round whose own write was stale, or failed.
  if (!outcome.ok && [...fates.values()].some(isToPlanAgain)) return false;
  const failed = outcome.ok ? undefined : [...fates.values()].find(isFinal);
  if (failed !== undefined) return giveUp(piece, failed.failed);
  let complete = true;
  for (const [number, { before, after }] of cells) {
    const fate = fates.get(blockOf(number)) ?? 'written';
    if (isFinal(fate)) return giveUp(piece, fate.failed);
    if (fate !== 'written') complete = false;
    else piece.durable.set(number, { before: piece.durable.get(number)?.before ?? before, after });
  }
  const rewritten = settleRewrites(piece, fates);
  if (typeof rewritten === 'object') return giveUp(piece, rewritten.failed);
  if (complete && rewritten) piece.settle(outcome);
  return complete && rewritten;
}

function isFinal(fate: Fate): fate is Failure {
  return typeof fate === 'object' && !fate.isWorthAnotherTry;
}

function isToPlanAgain(fate: Fate): boolean {
  return fate !== 'written' && !isFinal(fate);
}

/** Whether every block that the piece wanted written again was; or the first failure. */
function settleRewrites({ rewrite }: Piece, fates: ReadonlyMap<number, Fate>): boolean | Failure {
  for (const first of rewrite) {
    const fate = fates.get(first) ?? 'stale';
    if (isFinal(fate)) return fate;
    if (fate === 'written') rewrite.delete(first);
  }
  return rewrite.size === 0;
}

function giveUp(piece: Piece, message: string): true {
  piece.settle(err(refuse.ledgerUnavailable(message)));
  return true;
}

/** Whoever gave up before anything was done for it is passed over; what is half done is finished. */
export function isWanted({ signal, durable }: Piece): boolean {
  return !signal.aborted || durable.size > 0;
}

/** What a closed fence keeps out is answered; what is half done of it ends like that of a process that died there. */
export function isOpen(piece: Piece): boolean {
  const reason = piece.fence.reason();
  return reason === undefined || !giveUp(piece, reason);
}

/** Plans `piece` upon what the pieces before it left. */
export function planPiece(domain: Domain, piece: Piece, context: PlanContext): Planned {
  const mark = domain.mark();
  const outcome = piece.run(domain, context);
  if (!outcome.ok) undoDurable(domain, piece);
  const cells = new Map<number, Change>();
  for (const [number, before] of domain.changesSince(mark))
    cells.set(number, { before, after: domain.claimsOn(number) });
  return { piece, outcome, cells };
}

/** A refused piece gives back what earlier rounds made durable of it. */
function undoDurable(domain: Domain, piece: Piece): void {
  for (const [number, change] of piece.durable) domain.write(number, undo(domain.claimsOn(number), change));
}
