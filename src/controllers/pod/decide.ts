import { CLUSTER } from '../../allocation/index.ts';
import type { DomainKey } from '../../allocation/index.ts';
import type { Claim } from '../../core/index.ts';

/** What was gathered about a pod's name: the pod as last seen, and what the ledger has under the name. */
export interface Situation {
  readonly pod?: {
    readonly uid: string;
    /** Under which its numbers were reserved; undefined for a pod that was given none. */
    readonly token: string | undefined;
    /** Whether it still uses its ports. */
    readonly isRunning: boolean;
    /** Where it runs; undefined until it is bound. */
    readonly nodeName: string | undefined;
  };
  /** Held and reserved claims under the name, whatever their UIDs, by domain. */
  readonly claims: ReadonlyMap<DomainKey, readonly Claim[]>;
  /** UIDs and tokens of pods of this name whose deletion was seen. */
  readonly deleted: ReadonlySet<string>;
}

/** Whose numbers in which domain. */
export interface Part {
  readonly uid: string;
  readonly key: DomainKey;
}

/** What comes back. */
export interface Leaving extends Part {
  /** Whether a pod was there that may have used them, confirmed or not. */
  readonly wasThere: boolean;
}

/** What is to be done. */
export interface Decision {
  /** What was reserved under `token` was seen with its pod. */
  readonly confirm: readonly (Part & { readonly token: string })[];
  /** UIDs, or tokens, whose numbers come back at once. */
  readonly release: readonly Leaving[];
  /** UIDs that come back if the API server says that they are gone: what was seen alone may be behind the ledger. */
  readonly ask: readonly Part[];
}

/**
 * Decides what becomes of the numbers under a pod's name. A pod that has ended or was seen to go uses nothing, and one that
 * is bound to a node never comes to another. That none is seen proves nothing, nor does another UID: it may be that of the
 * earlier pod, where another manager has seen the later one and confirmed it. A reservation is only ever confirmed here, or
 * released with its pod: what nobody comes for is the sweep's.
 */
export function decide({ claims, ...seen }: Situation): Decision {
  const parts = [...claims].map(([key, own]) => decideIn(key, own, seen));
  return {
    confirm: parts.flatMap(({ confirm }) => confirm),
    release: parts.flatMap(({ release }) => release),
    ask: parts.flatMap(({ ask }) => ask),
  };
}

function decideIn(key: DomainKey, claims: readonly Claim[], { pod, deleted }: Omit<Situation, 'claims'>): Decision {
  const held = uidsOf(claims, 'held');
  const reserved = uidsOf(claims, 'reserved');
  const others = [...held, ...reserved].filter((uid) => uid !== pod?.uid && uid !== pod?.token);
  const former = others.filter((uid) => deleted.has(uid)).map((uid) => ({ uid, key, wasThere: true }));
  const ask = others.filter((uid) => held.has(uid) && !deleted.has(uid)).map((uid) => ({ uid, key }));
  if (pod === undefined) return { confirm: [], release: former, ask };
  const { uid, token, isRunning, nodeName } = pod;
  // What was reserved with its creation goes by the token, what was reserved with its Binding by its UID.
  const coming = [token, uid].filter((each) => each !== undefined && reserved.has(each)) as readonly string[];
  const isElsewhere = key !== CLUSTER && nodeName !== undefined && nodeName !== key;
  if (!isRunning || isElsewhere) {
    const own = [...(held.has(uid) ? [uid] : []), ...coming];
    return {
      confirm: [],
      release: [...former, ...own.map((each) => ({ uid: each, key, wasThere: !isElsewhere }))],
      ask,
    };
  }
  // Until it is bound a pod may still come to any of the nodes that it was to be bound to.
  const isHere = key === CLUSTER || nodeName === key;
  return { confirm: isHere ? coming.map((each) => ({ token: each, uid, key })) : [], release: former, ask };
}

function uidsOf(claims: readonly Claim[], state: Claim['state']): ReadonlySet<string> {
  return new Set(claims.filter((claim) => claim.state === state).map(({ holder }) => holder.uid));
}
