import type { Claim } from '../../core/index.ts';

/** What was gathered about a pod's name: the pod as last seen, and what the ledger has under the name. */
export interface Situation {
  readonly pod?: {
    readonly uid: string;
    /** Under which its numbers were reserved; undefined for a pod that was given none. */
    readonly token: string | undefined;
    /** Whether it still uses its ports. */
    readonly isRunning: boolean;
  };
  /** Held and reserved claims under the name, whatever their UIDs. */
  readonly claims: readonly Claim[];
  /** UIDs and tokens of pods of this name whose deletion was seen. */
  readonly deleted: ReadonlySet<string>;
}

/** What is to be done. */
export interface Decision {
  /** The token that was seen with its pod. */
  readonly confirm: string | undefined;
  /** UIDs, or tokens, whose numbers come back at once. */
  readonly release: readonly string[];
  /** UIDs that come back if the API server says that they are gone, too: the cache alone may be behind. */
  readonly ask: readonly string[];
}

/**
 * Decides what becomes of the numbers under a pod's name. A pod of another UID proves that the earlier one is gone, and
 * one that has ended or was seen to go uses nothing; that none is seen proves nothing. A reservation is only ever confirmed here, or
 * released with its pod: what nobody comes for is the sweep's.
 */
export function decide({ pod, claims, deleted }: Situation): Decision {
  const held = new Set(claims.filter(({ state }) => state === 'held').map(({ holder }) => holder.uid));
  const reserved = new Set(claims.filter(({ state }) => state === 'reserved').map(({ holder }) => holder.uid));
  if (pod === undefined) {
    const proven = [...held, ...reserved].filter((uid) => deleted.has(uid));
    return { confirm: undefined, release: proven, ask: [...held].filter((uid) => !deleted.has(uid)) };
  }
  const { uid, token, isRunning } = pod;
  const isReserved = token !== undefined && reserved.has(token);
  const former = [...held].filter((other) => other !== uid);
  if (isRunning) return { confirm: isReserved ? token : undefined, release: former, ask: [] };
  const own = [...(held.has(uid) ? [uid] : []), ...(isReserved ? [token] : [])];
  return { confirm: undefined, release: [...former, ...own], ask: [] };
}
