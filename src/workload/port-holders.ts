import { podAnnotations } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { annotationsOf } from './annotations.ts';
import { claimedPorts } from './claimed.ts';
import type { ClaimedPort } from './claimed.ts';
import { controllerOf, ordinalOf } from './owner.ts';
import type { Controller } from './owner.ts';
import { withoutInjection } from './without-injection.ts';
import { readPodSettings } from './settings.ts';

/** For whom the numbers are held that a pod carries. */
export interface PortHolders {
  /** Under which its own numbers were reserved. */
  readonly token: string;
  /** Held for the pod itself; with {@link ordinal} for that of its set. */
  readonly own: readonly ClaimedPort[];
  /** Of a pod with sticky numbers: the set and the ordinal that keep them. */
  readonly ordinal?: { readonly set: Controller; readonly ordinal: number };
  /** Held for the topmost controller above {@link controller}. */
  readonly shared: readonly ClaimedPort[];
  readonly controller?: Controller;
  /** The pool of scope Node that its numbers are of: those of its node, and none before it is bound. */
  readonly nodePool?: string;
  /** The PortAllocation that the pod has its numbers from; then there are no others. */
  readonly allocationName?: string;
}

/** Of pods that are in use; one that changes is another value. */
const known = new WeakMap<Pod, PortHolders>();

/**
 * For whom `pod`'s numbers are held; undefined for a pod that the webhook gave nothing. Worked out once for each version of a
 * pod: many ask, and it takes as long as an admission.
 */
export function portHoldersOf(pod: Pod): PortHolders | undefined {
  const before = known.get(pod);
  if (before !== undefined) return before;
  const parties = readParties(pod);
  if (parties !== undefined) known.set(pod, parties);
  return parties;
}

function readParties(pod: Pod): PortHolders | undefined {
  const { [podAnnotations.reservation]: token, [podAnnotations.nodePool]: nodePool } = annotationsOf(pod);
  if (token === undefined) return undefined;
  const claimed = claimedPorts(pod);
  const read = readPodSettings(withoutInjection(pod));
  const settings = read.ok ? read.value : undefined;
  const controller = controllerOf(pod);
  const isShared = ({ scope }: ClaimedPort) => scope === 'RoleScoped' && controller !== undefined;
  if (settings?.allocationName !== undefined) {
    return { token, own: [], shared: [], allocationName: settings.allocationName };
  }
  const ordinal = ordinalOf(pod);
  const isSticky = settings?.sticky === true && controller !== undefined && ordinal !== undefined;
  return {
    token,
    own: claimed.filter((port) => !isShared(port)),
    shared: claimed.filter(isShared),
    ...(nodePool === undefined ? {} : { nodePool }),
    ...(isSticky ? { ordinal: { set: controller, ordinal } } : {}),
    ...(controller === undefined ? {} : { controller }),
  };
}
