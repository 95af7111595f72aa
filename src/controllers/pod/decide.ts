import { CLUSTER } from '../../allocation/index.ts';
import type { DomainKey } from '../../allocation/index.ts';
import type { Claim } from '../../core/index.ts';

/** The facts about a pod's name: the pod as last seen, and the claims in the ledger under the name. */
export interface Situation {
  readonly pod?: {
    readonly uid: string;
    /** The token of its reservation; undefined for a pod without ports of Hostport. */
    readonly token: string | undefined;
    /** Whether it may still use its ports. */
    readonly isRunning: boolean;
    /** Its node; undefined until it is bound. */
    readonly nodeName: string | undefined;
  };
  /** Held and reserved claims under the name, of any UID, by domain. */
  readonly claims: ReadonlyMap<DomainKey, readonly Claim[]>;
  /** UIDs and tokens of pods with this name whose deletion was seen. */
  readonly deleted: ReadonlySet<string>;
}

/** The claims of one UID in one domain. */
export interface Part {
  readonly uid: string;
  readonly key: DomainKey;
}

/** Claims to be released. */
export interface Leaving extends Part {
  /** Whether a pod existed that may have used them, confirmed or not. */
  readonly wasThere: boolean;
}

/** What to do. */
export interface Decision {
  /** Reservations whose pod was seen. */
  readonly confirm: readonly (Part & { readonly token: string })[];
  /** UIDs or tokens whose claims are released at once. */
  readonly release: readonly Leaving[];
  /**
   * UIDs whose claims are released if the API server says that they are gone: the caches alone may be behind the
   * ledger.
   */
  readonly ask: readonly Part[];
}

/**
 * Decides about the numbers under a pod's name. A pod that has finished or whose deletion was seen uses nothing, and a
 * pod that is bound to one node is never bound to another. That no pod is seen proves nothing; nor does another UID,
 * since it may be that of the earlier pod while another manager has seen and confirmed the later one. A reservation is
 * only confirmed here, or released with its pod: reservations without a pod are left to the sweep.
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
  // A reservation at creation is known by the token, one at binding by the UID.
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
  // Until it is bound, a pod may still be bound to any node for which it has a reservation.
  const isHere = key === CLUSTER || nodeName === key;
  return { confirm: isHere ? coming.map((each) => ({ token: each, uid, key })) : [], release: former, ask };
}

function uidsOf(claims: readonly Claim[], state: Claim['state']): ReadonlySet<string> {
  return new Set(claims.filter((claim) => claim.state === state).map(({ holder }) => holder.uid));
}
