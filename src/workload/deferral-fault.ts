import { podAnnotations } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { allocatedEndKey } from './annotations.ts';
import { containersOf, nameOfPort } from './container-ports.ts';
import { calledAt, portPaths } from './handlers.ts';
import { deferredPorts } from './defer.ts';
import { settingKey } from './setting-texts.ts';
import type { PodRequest } from './read-pod.ts';
import type { DemandedPort, PodDemand } from './demand.ts';

/** The name part of an annotation has at most 63 characters (`k8s.io/apimachinery/pkg/util/validation`). */
const LONGEST_NAME_PART = 63;

/** Why a pod can't use pool `poolName` of scope Node at all, in a sentence that says what to write; undefined if it can. */
export function nodePoolFault({ settings, demand }: PodRequest, poolName: string): string | undefined {
  const shared = demand.ports.find(({ scope }) => scope === 'RoleScoped');
  if (shared !== undefined) {
    return `port "${shared.name}" is RoleScoped, one number for pods on any node, and pool "${poolName}" has scope Node: write scope PodScoped, or name a pool of scope Cluster`;
  }
  return settings.sticky
    ? `${settingKey('sticky')}: "true" keeps a number wherever the pod goes, and pool "${poolName}" has scope Node: remove it, or name a pool of scope Cluster`
    : undefined;
}

/**
 * Why the numbers of a pod, from pool `poolName` of scope Node, can't be deferred to its Binding, in a sentence that
 * says what to write; undefined if they can.
 */
export function deferralFault(request: PodRequest, poolName: string): string | undefined {
  return networkFault(request, poolName) ?? nameFault(request.demand) ?? callFault(request, poolName);
}

function networkFault({ original, settings }: PodRequest, poolName: string): string | undefined {
  return settings.network === 'Host' || original.spec.hostNetwork === true
    ? undefined
    : `pool "${poolName}" has scope Node, and its numbers are for pods on the host network: write spec.hostNetwork: true, or ${settingKey('network')}: "Host", or name a pool of scope Cluster`;
}

function nameFault({ ports }: PodDemand): string | undefined {
  const long = ports.find(
    ({ name, endEnv }) => endEnv !== undefined && namePartOf(allocatedEndKey(name)).length > LONGEST_NAME_PART,
  );
  if (long === undefined) return undefined;
  const most = LONGEST_NAME_PART - namePartOf(allocatedEndKey('')).length;
  return `the name of port "${long.name}" has ${long.name.length} characters: write one of at most ${most}, so that its last number fits into an annotation, too`;
}

function namePartOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

/** Probes and hooks can't follow to a number that is known only after the spec is fixed. */
function callFault({ original: pod, demand }: PodRequest, poolName: string): string | undefined {
  const deferred = deferredPorts(demand);
  for (const container of containersOf(pod)) {
    for (const at of portPaths) {
      const called = calledAt(container, at);
      if (called === undefined) continue;
      const port = portCalled(pod, called, deferred);
      if (port === undefined) continue;
      return (
        `container "${container.name}": ${at} calls port "${called}", whose number of pool "${poolName}" is known only when the pod is bound: ` +
        `write an exec handler whose shell reads $${port.env} (in a probe $(…) stays empty), have the port keep its number with ${podAnnotations.keep}: "${port.name}", or name a pool of scope Cluster`
      );
    }
  }
  return undefined;
}

function portCalled(
  pod: Pod,
  called: string | number,
  deferred: ReadonlyMap<string, DemandedPort>,
): DemandedPort | undefined {
  if (typeof called === 'string') return deferred.get(called);
  const declared = containersOf(pod).flatMap(({ ports = [] }) => ports);
  const port = declared.find((each) => each.containerPort === called && deferred.has(nameOfPort(each)));
  return port === undefined ? undefined : deferred.get(nameOfPort(port));
}
