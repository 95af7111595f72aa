import { podAnnotations, roleLabels } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { annotationsOf } from './annotations.ts';
import { claimedPorts, hostPortsOf } from './claimed.ts';
import type { ClaimedPort } from './claimed.ts';
import { containersOf, declaredPorts } from './container-ports.ts';
import { controllerOf, ordinalOf } from './pod-facts.ts';
import type { Controller } from './pod-facts.ts';
import { readPod } from './read-pod.ts';

/** The holders of the numbers that a pod carries. */
export interface PortHolders {
  /** The token under which its own numbers were reserved. */
  readonly token: string;
  /** Held for the pod itself; with {@link ordinal} for that ordinal of its set. */
  readonly own: readonly ClaimedPort[];
  /** For a pod with sticky numbers: the set and the ordinal that keep them. */
  readonly ordinal?: { readonly set: Controller; readonly ordinal: number };
  /** Held for the topmost controller above {@link controller}. */
  readonly shared: readonly ClaimedPort[];
  readonly controller?: Controller;
  /** The pool of scope Node that its numbers come from: those of its node, and none before it is bound. */
  readonly nodePool?: string;
  /** The PortAllocation from which the pod borrows its numbers; then it has no others. */
  readonly allocationName?: string;
}

/** The holders that were computed, by pod: a pod that changes is another object. */
const holdersByPod = new WeakMap<Pod, PortHolders>();

/**
 * The holders of `pod`'s numbers; undefined for a pod without ports of Hostport. Computed once for each version of a
 * pod: it is asked for often, and costs as much as an admission.
 */
export function portHoldersOf(pod: Pod): PortHolders | undefined {
  const known = holdersByPod.get(pod);
  if (known !== undefined) return known;
  const holders = findHolders(pod);
  if (holders !== undefined) holdersByPod.set(pod, holders);
  return holders;
}

function findHolders(pod: Pod): PortHolders | undefined {
  const { [podAnnotations.reservation]: token, [podAnnotations.nodePool]: nodePool } = annotationsOf(pod);
  if (token === undefined) return undefined;
  const reading = readPod(pod);
  const claimed = claimedPorts(pod, reading);
  const settings = reading.kind === 'none' ? undefined : reading.settings;
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

/**
 * Every number that `pod` may use: those that it was assigned, those that it declares as host ports, and, for a pod of
 * a role instance, those in its variables. Rather one too many than one too few.
 */
export function usedNumbers(pod: Pod): ReadonlySet<number> {
  const isOfRole = pod.metadata.labels?.[roleLabels.roleInstance] !== undefined;
  return new Set([...declaredNumbers(pod), ...claimedNumbers(pod), ...(isOfRole ? numbersInEnv(pod) : [])]);
}

function declaredNumbers(pod: Pod): readonly number[] {
  return hostPortsOf(pod).map(({ number }) => number);
}

function claimedNumbers(pod: Pod): readonly number[] {
  const { own = [], shared = [] } = portHoldersOf(pod) ?? {};
  return [...own, ...shared].flatMap(({ number, end = number }) =>
    Array.from({ length: end - number + 1 }, (_, at) => number + at),
  );
}

function numbersInEnv(pod: Pod): readonly number[] {
  const ports = declaredPorts(pod).map(({ port }) => port.containerPort);
  const values = containersOf(pod).flatMap(({ env = [] }) => env.map(({ value = '' }) => value));
  return [...ports, ...values.filter((value) => /^\d{1,5}$/.test(value)).map(Number)];
}
