import { nodePortsLabel, roomResource } from '../api/index.ts';
import type { KnownPool } from '../allocation/index.ts';
import { rangesInclude, refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Namespace, Pod } from '../kube/index.ts';
import { promiseFault } from '../workload/index.ts';
import type { PodDemand, PodSettings, Promised } from '../workload/index.ts';

/** Whether the managers are asked about the bindings of pods in a namespace with these labels. */
export function asksAboutBindings(labels: Namespace['metadata']['labels']): boolean {
  return labels?.[nodePortsLabel.key] === nodePortsLabel.value;
}

/**
 * Why a pod can't be promised numbers of pool `poolName`, of scope Node, which come with its Binding; undefined when it
 * can. Where bindings aren't asked about it would run without its ports.
 */
export function deferralRefusal(
  pod: Pod,
  settings: PodSettings,
  demand: PodDemand,
  {
    poolName,
    namespace,
    labels,
  }: { readonly poolName: string; readonly namespace: string; readonly labels: Namespace['metadata']['labels'] },
): Refusal | undefined {
  const fault = promiseFault(pod, settings, demand, poolName);
  if (fault !== undefined) return refuse.invalid(fault);
  if (asksAboutBindings(labels)) return undefined;
  const { key, value } = nodePortsLabel;
  return refuse.namespaceNotLabelled(namespace, poolName, `${key}=${value}`);
}

/** What a pod that takes `pool` asks of its node: the numbers of the pool that it needs; nothing where nodes don't show them. */
export function roomFor({ name, somewhere, advertises }: KnownPool, { ports }: PodDemand): Pick<Promised, 'room'> {
  const amount = ports.reduce(
    (sum, { number, count }) => (number === undefined || rangesInclude(somewhere, number) ? sum + count : sum),
    0,
  );
  return advertises && amount > 0 ? { room: { resource: roomResource(name), amount: String(amount) } } : {};
}
