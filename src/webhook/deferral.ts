import { nodePortsLabel, roomResource } from '../api/index.ts';
import type { KnownPool } from '../allocation/index.ts';
import { rangesInclude, refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Namespace } from '../kube/index.ts';
import { deferralFault } from '../workload/index.ts';
import type { Deferral, PodDemand, PodRequest } from '../workload/index.ts';

/**
 * Why the numbers of a pod can't be deferred to its Binding, for pool `poolName` of scope Node; undefined if they can.
 * Where the managers don't review bindings, the pod would run without its ports.
 */
export function deferralRefusal(
  request: PodRequest,
  {
    poolName,
    namespace,
    labels,
  }: { readonly poolName: string; readonly namespace: string; readonly labels: Namespace['metadata']['labels'] },
): Refusal | undefined {
  const fault = deferralFault(request, poolName);
  if (fault !== undefined) return refuse.invalid(fault);
  if (reviewsBindings(labels)) return undefined;
  const { key, value } = nodePortsLabel;
  return refuse.namespaceNotLabelled(namespace, poolName, `${key}=${value}`);
}

/** Whether the managers review the Bindings of pods in a namespace with these labels. */
function reviewsBindings(labels: Namespace['metadata']['labels']): boolean {
  return labels?.[nodePortsLabel.key] === nodePortsLabel.value;
}

/**
 * The amount of the pool's extended resource that a pod requests from its node: as many numbers of the pool as it
 * needs. Nothing if the pool doesn't advertise its room on nodes.
 */
export function roomFor({ name, somewhere, advertises }: KnownPool, { ports }: PodDemand): Pick<Deferral, 'room'> {
  const amount = ports.reduce(
    (sum, { number, count }) => (number === undefined || rangesInclude(somewhere, number) ? sum + count : sum),
    0,
  );
  return advertises && amount > 0 ? { room: { resource: roomResource(name), amount: String(amount) } } : {};
}
