import type { Claim } from '../../core/index.ts';
import type { Pod } from '../../kube/index.ts';

/** A pod that uses a number, as far as it matters for listening. */
export interface User {
  /** Undefined before it is bound. */
  readonly node: string | undefined;
  /** Whether any container of it has ever run: before, it can't listen. */
  readonly hasStarted: boolean;
}

/** A socket of a node on a held number. */
export interface HeldSocket {
  readonly node: string;
  /** The holder's claim. */
  readonly claim: Claim;
  /** The pods that may use the number. Undefined if they aren't all known: then the process may belong to any of them. */
  readonly users: readonly User[] | undefined;
  /** When the agent looked. */
  readonly seen: string;
}

/**
 * Whether the listening process can't belong to the holder: nothing of the holder has run on that node. In doubt it
 * does belong to it.
 */
export function isUnmanaged({ node, users }: Pick<HeldSocket, 'node' | 'users'>): boolean {
  if (users === undefined || users.length === 0) return false;
  return !users.some((user) => user.node === node && user.hasStarted);
}

/** `pod` as a user of a number. */
export function userOf({ spec, status = {} }: Pod): User {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const hasStarted = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].some(
    ({ state, restartCount = 0, containerID = '' }) =>
      state?.running !== undefined || state?.terminated !== undefined || restartCount > 0 || containerID !== '',
  );
  return { node: spec.nodeName, hasStarted };
}

/** Suspected listeners, by socket: when the agent looked, and whether the finding was reported. */
export type Suspicions = ReadonlyMap<string, { readonly seen: string; readonly isSure: boolean }>;

/** The result of a look at all sockets on held numbers. */
export interface Verdict {
  readonly suspicions: Suspicions;
  /** Those that are certain now and weren't before. */
  readonly news: readonly HeldSocket[];
  /** All that are certain. */
  readonly sure: readonly HeldSocket[];
}

/**
 * Decides which listeners are unmanaged. It takes two reports: a pod's process may listen before its node has reported
 * that the pod has started.
 */
export function decide(sockets: readonly HeldSocket[], before: Suspicions): Verdict {
  const suspicions = new Map<string, { readonly seen: string; readonly isSure: boolean }>();
  const news: HeldSocket[] = [];
  const sure: HeldSocket[] = [];
  for (const socket of sockets.filter(isUnmanaged)) {
    const { node, claim, seen } = socket;
    const key = `${node} ${claim.number} ${claim.protocols} ${claim.address} ${claim.holder.uid}`;
    const known = before.get(key) ?? { seen, isSure: false };
    const isSure = known.isSure || known.seen !== seen;
    suspicions.set(key, { seen: known.seen, isSure });
    if (isSure) sure.push(socket);
    if (isSure && !known.isSure) news.push(socket);
  }
  return { suspicions, news, sure };
}
