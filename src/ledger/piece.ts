import type { Fence } from '../base/fence.ts';
import { err } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Domain, PlanContext, Refusal } from '../core/index.ts';
import { blockOf } from './block.ts';
import { undo } from './undo.ts';
import type { Change } from './undo.ts';

/** Work on a domain: synchronous, inside a transaction, and run again when the ledger has changed. */
export type Work<T> = (domain: Domain, context: PlanContext) => Result<T, Refusal>;

/** A piece of work that waits for its answer. */
export interface Piece {
  readonly run: Work<unknown>;
  readonly settle: (outcome: Result<unknown, Refusal>) => void;
  readonly fail: (error: unknown) => void;
  readonly signal: AbortSignal;
  readonly fence: Fence;
  /** What is already durable of a piece that has to be planned again: each number's claims before and after. */
  readonly durable: Map<number, Change>;
  /** First numbers of blocks that have to be written for it even if its claims don't change; a written block is removed. */
  readonly rewrite: Set<number>;
}

/** The result of a piece in one round, unless one of its writes fails. */
export interface Planned {
  readonly piece: Piece;
  readonly outcome: Result<unknown, Refusal>;
  readonly cells: ReadonlyMap<number, Change>;
}

/** The result of writing one block. */
export type Fate = 'written' | 'stale' | Failure;

/** A block that could not be written. */
export interface Failure {
  readonly failed: string;
  /** Whether the content of the block is known nevertheless, and another try may succeed. */
  readonly isWorthAnotherTry: boolean;
}

/** Answers a piece if the results of its writes are known; returns false if it has to be planned again. */
export function settle({ piece, outcome, cells }: Planned, fates: ReadonlyMap<number, Fate>): boolean {
  // A refusal may be caused by another piece of the round whose own write was stale, or failed.
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

/** Whether every block that the piece wanted rewritten was; or the first failure. */
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

/** A piece whose caller gave up before anything was done is skipped; a half-done one is finished. */
export function isWanted({ signal, durable }: Piece): boolean {
  return !signal.aborted || durable.size > 0;
}

/** A piece with a closed fence is answered; if it is half done, it ends like that of a process that died there. */
export function isOpen(piece: Piece): boolean {
  const reason = piece.fence.reason();
  return reason === undefined || !giveUp(piece, reason);
}

/** Plans `piece` upon the results of the pieces before it. */
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
