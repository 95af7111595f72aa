import type { Claim } from '../../core/index.ts';
import type { Pod } from '../../kube/index.ts';

/** A pod that uses a number, as far as its listening matters. */
export interface User {
  /** Undefined before it is bound. */
  readonly node: string | undefined;
  /** Whether anything of it has ever run: before, it listens to nothing. */
  readonly hasStarted: boolean;
}

/** A socket of a node on a number that somebody holds. */
export interface HeldSocket {
  readonly node: string;
  /** What the holder has. */
  readonly claim: Claim;
  /** The pods that use the number. Undefined where nobody knows them all: then anybody may be one of them. */
  readonly users: readonly User[] | undefined;
  /** When the agent looked. */
  readonly seen: string;
}

/** Whether who listens can't be who holds the number: nothing of the holder has run on that node. In doubt it is the holder. */
export function isUnmanaged({ node, users }: Pick<HeldSocket, 'node' | 'users'>): boolean {
  if (users === undefined || users.length === 0) return false;
  return !users.some((user) => user.node === node && user.hasStarted);
}

/** What is known of `pod` as a user of a number. */
export function userOf({ spec, status = {} }: Pod): User {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const hasStarted = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].some(
    ({ state, restartCount = 0, containerID = '' }) =>
      state?.running !== undefined || state?.terminated !== undefined || restartCount > 0 || containerID !== '',
  );
  return { node: spec.nodeName, hasStarted };
}

/** Unmanaged listeners, by what is found: when the agent looked, and whether it was told. */
export type Suspicions = ReadonlyMap<string, { readonly seen: string; readonly isSure: boolean }>;

/** What a look at all held sockets comes to. */
export interface Verdict {
  readonly suspicions: Suspicions;
  /** Those that are sure now and were not before. */
  readonly news: readonly HeldSocket[];
  /** All that are sure. */
  readonly sure: readonly HeldSocket[];
}

/**
 * Decides which listeners are unmanaged. It takes two reports: a pod's process may listen before its node has said that the pod has started.
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
