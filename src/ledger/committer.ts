import { Mutex } from 'async-mutex';
import { Breath } from '../base/breath.ts';
import { abandonable, pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { FencedError, OPEN, fencedByAll } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import type { Random } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { Stretches } from '../core/index.ts';
import type { PlanContext, Refusal } from '../core/index.ts';
import { ApiError, backoffMs, isApiError } from '../kube/index.ts';
import type { BackoffShape } from '../kube/index.ts';
import { blockOf } from './block.ts';
import type { StoredBlock } from './block.ts';
import { isOpen, isWanted, planPiece, settle } from './piece.ts';
import type { Fate, Piece, Planned, Work } from './piece.ts';
import type { BlockDraft, Damage, Shard } from './shard.ts';
import type { BlockStore } from './store.ts';

/** The terms of a piece of work. */
export interface Terms {
  /** Stops waiting for it. What is written by then stays. */
  readonly signal: AbortSignal;
  /** Once it is closed nothing is written for the piece, which is refused. Default: it never closes. */
  readonly fence?: Fence;
  /** Blocks to be written in any case: to restore them, to tidy them, or to be sure that they still say what is known. */
  readonly rewrite?: readonly number[];
}

/** Called once for each attempt to write a block. */
export type WriteObserver = (result: 'written' | 'stale' | 'failed', seconds: number) => void;

/** Called with the reason when writes begin to fail, and without one when they succeed again. */
export type TroubleObserver = (message: string | undefined) => void;

/** The wait between rounds while writes fail. */
const BACKOFF: BackoffShape = { firstMs: 200, capMs: 2_000 };

/** The most pieces of work that share a round of writes. */
const LARGEST_ROUND = 512;

/** A block that may have to be written. */
interface WantedBlock {
  readonly draft: BlockDraft;
  /** Its numbers that a plan changed: unless the text of one of them changes, nothing is written. */
  readonly touched: readonly number[];
  /** Whether it is written in any case. */
  readonly isSure: boolean;
}

/**
 * Group commit for one domain. All work that arrives while a round of writes is under way is planned together, on
 * what the API server has acknowledged, and shares the next round: one write for each block that it touches.
 *
 * 1. Every write is conditional on the version that it was planned on; when that was stale the block is read again
 *    and the work is planned again.
 * 2. Nothing is answered before it is durable, and nothing stays in memory that is not.
 * 3. What is planned for a piece whose fence closed before the write was sent is written for nobody: the others are
 *    planned again without it.
 * 4. While writes fail, rounds are further and further apart, and work gathers.
 * 5. Work over several blocks whose later plan is refused gives back what was already durable of it.
 */
export class Committer {
  readonly #shard: Shard;
  readonly #store: BlockStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #observe: WriteObserver;
  readonly #onDamage: (first: number, damage: Damage) => void;
  readonly #onTrouble: TroubleObserver;
  readonly #signal: AbortSignal;
  readonly #oneRound = new Mutex();
  readonly #stretches: Stretches;
  #queue: Piece[] = [];
  /** Whether a round is scheduled that takes everything in the queue. */
  #isRoundDue = false;
  /** How many rounds have failed in a row. */
  #failures = 0;

  constructor(parts: {
    shard: Shard;
    store: BlockStore;
    clock: Clock;
    random: Random;
    observe: WriteObserver;
    /** Called when a block that was read again was edited by somebody. */
    onDamage: (first: number, damage: Damage) => void;
    onTrouble: TroubleObserver;
    signal: AbortSignal;
  }) {
    this.#shard = parts.shard;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#observe = parts.observe;
    this.#onDamage = parts.onDamage;
    this.#onTrouble = parts.onTrouble;
    this.#signal = parts.signal;
    this.#stretches = new Stretches(parts.random);
  }

  /** What a plan that is made now depends on besides the domain. */
  context(): PlanContext {
    const now = Math.floor(this.#clock.now() / 1000);
    return { now, random: this.#random, roundStates: new Map(), stretches: this.#stretches };
  }

  /** Plans `work` and makes it durable. */
  commit<T>(work: Work<T>, { signal, fence = OPEN, rewrite = [] }: Terms): Promise<Result<T, Refusal>> {
    const settled = new Promise<Result<T, Refusal>>((resolve, reject) => {
      const settle = (outcome: Result<unknown, Refusal>) => resolve(outcome as Result<T, Refusal>);
      const piece = { run: work, settle, fail: reject, signal, fence, durable: new Map(), rewrite: new Set(rewrite) };
      this.#queue.push(piece);
    });
    this.#seeToARound();
    return abandonable(settled, signal);
  }

  /** Whether nothing is waiting or being written. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && !this.#oneRound.isLocked();
  }

  /**
   * Deletes those of `blocks` that are empty. This manager writes none of them meanwhile. If another manager writes one
   * of them, the deletion is stale; or that manager finds the block gone, and creates it anew.
   * @throws ApiError if the API server doesn't delete it, FencedError
   */
  removeEmpty(blocks: readonly number[], { signal, fence = OPEN }: Omit<Terms, 'rewrite'>): Promise<void> {
    return this.#oneRound.runExclusive(async () => {
      for (const first of blocks) {
        const version = this.#shard.versionOf(first);
        if (version === undefined || !this.#shard.isEmpty(first)) continue;
        try {
          await this.#store.remove({ domain: this.#shard.key, first }, version, { signal, fence });
        } catch (error) {
          // The watch will show what another manager wrote; and older manifests lack the right to delete.
          if (!isApiError(error, 'conflict', 'notFound', 'forbidden')) throw error;
          continue;
        }
        this.#shard.forget(first);
      }
    });
  }

  #seeToARound(): void {
    if (this.#isRoundDue) return;
    this.#isRoundDue = true;
    void this.#oneRound.runExclusive(async () => {
      // Work that arrives in the same turn of the event loop shares the round.
      await Promise.resolve();
      this.#isRoundDue = false;
      await this.#round();
    });
  }

  async #round(): Promise<void> {
    const pieces = this.#queue.slice(0, LARGEST_ROUND).filter(isWanted).filter(isOpen);
    this.#queue = this.#queue.slice(LARGEST_ROUND);
    try {
      const { planned, drafts } = this.#plan(pieces);
      const fates = await this.#writeAll(drafts, fencedByAll(pieces.map((piece) => piece.fence)));
      const again = planned.filter((each) => !settle(each, fates)).map(({ piece }) => piece);
      this.#queue.unshift(...again);
      await this.#backOff([...fates.values()]);
    } catch (error) {
      // A broken invariant, or the end of the process: every waiting caller has to know.
      for (const piece of pieces) piece.fail(error);
    }
    if (this.#queue.length > 0) this.#seeToARound();
  }

  /** Waits if the API server didn't store the writes: it is away, out of space, or the namespace is gone. */
  async #backOff(fates: readonly Fate[]): Promise<void> {
    const failure = fates.find((fate) => typeof fate === 'object');
    if (failure === undefined) {
      if (this.#failures > 0 && fates.includes('written')) {
        this.#failures = 0;
        this.#onTrouble(undefined);
      }
      return;
    }
    if (this.#failures === 0) this.#onTrouble(failure.failed);
    const waitMs = backoffMs(BACKOFF, this.#failures++, this.#random);
    await pause(this.#clock, waitMs, this.#signal).catch(() => undefined);
  }

  #plan(pieces: readonly Piece[]): { planned: Planned[]; drafts: WantedBlock[] } {
    const { domain } = this.#shard;
    const context = this.context();
    domain.expire(context.now);
    domain.begin();
    this.#stretches.beginWrite();
    try {
      const planned = pieces.map((piece) => planPiece(domain, piece, context));
      const touched = this.#touchedBy(planned);
      const rewrite = new Set(pieces.flatMap((piece) => [...piece.rewrite]));
      const firsts = new Set([...touched.keys(), ...rewrite]);
      const drafts = [...firsts].map((first) => {
        return { draft: this.#shard.draftOf(first), touched: touched.get(first) ?? [], isSure: rewrite.has(first) };
      });
      return { planned, drafts };
    } finally {
      domain.rollback();
    }
  }

  /**
   * By block, the numbers whose text may have changed. Most repeated requests change nothing, and claims are quick to
   * compare.
   */
  #touchedBy(planned: readonly Planned[]): Map<number, number[]> {
    const touched = new Map<number, number[]>();
    for (const { cells } of planned) {
      for (const [number, { before, after }] of cells) {
        const first = blockOf(number);
        const isSame = after.length === before.length && after.every((claim, at) => claim === before[at]);
        if (isSame && !this.#shard.isOwing(first)) continue;
        const known = touched.get(first);
        if (known === undefined) touched.set(first, [number]);
        else known.push(number);
      }
    }
    return touched;
  }

  /**
   * Writes the wanted blocks. Yields to other work between two blocks, of which a round may have a thousand; if the
   * watch shows a newer block meanwhile, the write is stale. Everything is encoded before the first write is sent.
   */
  async #writeAll(wanted: readonly WantedBlock[], fence: Fence): Promise<ReadonlyMap<number, Fate>> {
    const breath = new Breath();
    const writes: { draft: BlockDraft; data: BlockDraft['before'] }[] = [];
    for (const { draft, touched, isSure } of wanted) {
      if (breath.isDue) await breath.take();
      const data = this.#shard.wordsOf(draft);
      if (isSure || touched.some((number) => data[String(number)] !== draft.before[String(number)]))
        writes.push({ draft, data });
    }
    const fates = new Map<number, Fate>();
    const broken: unknown[] = [];
    const sent: Promise<unknown>[] = [];
    for (const { draft, data } of writes) {
      if (breath.isDue) await breath.take();
      const written = this.#write(draft, data, fence);
      sent.push(
        written.then(
          (fate) => fates.set(draft.first, fate),
          (error: unknown) => broken.push(error),
        ),
      );
    }
    // Also if one of them throws: no write of this round may be in flight in the next one.
    await Promise.all(sent);
    if (broken.length > 0) throw broken[0];
    return fates;
  }

  async #write({ first, version }: BlockDraft, data: BlockDraft['before'], fence: Fence): Promise<Fate> {
    const id = { domain: this.#shard.key, first };
    const started = this.#clock.monotonic();
    const tell = (result: 'written' | 'stale' | 'failed') =>
      this.#observe(result, (this.#clock.monotonic() - started) / 1000);
    this.#shard.announce(first, data);
    try {
      this.#adopt(await this.#store.write(id, data, version, { signal: this.#signal, fence }));
      tell('written');
      return 'written';
    } catch (error) {
      // Nothing was sent: the work of others in the round is planned again.
      if (error instanceof FencedError) return 'stale';
      if (!(error instanceof ApiError)) throw error;
      // A deleted block is written anew; a block that can't be created for want of a namespace isn't.
      const isDeleted = isApiError(error, 'notFound') && version !== undefined;
      const stale = isDeleted || isApiError(error, 'conflict', 'alreadyExists');
      tell(stale ? 'stale' : 'failed');
      if (stale) this.#stretches.met(first);
      // A block that the watch has shown meanwhile needn't be read; whether a write happened after all only the API
      // server knows.
      const known = (stale && this.#shard.isNewerThan(first, version)) || (await this.#readAgain(first));
      if (stale && known) return 'stale';
      return { failed: error.message, isWorthAnotherTry: known && isApiError(error, 'unavailable') };
    }
  }

  /** After a stale write, or one that may have happened, only the API server knows the content of the block. */
  async #readAgain(first: number): Promise<boolean> {
    try {
      const block = await this.#store.read({ domain: this.#shard.key, first }, this.#signal);
      if (block === undefined) this.#shard.markDeleted(first);
      else this.#adopt(block);
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }

  #adopt(block: StoredBlock): void {
    const damage = this.#shard.adopt(block, Math.floor(this.#clock.now() / 1000));
    if (damage !== undefined) this.#onDamage(block.first, damage);
  }
}
