import { ordinalHolder, podHolder } from '../../../src/allocation/index.ts';
import { podAnnotations } from '../../../src/api/index.ts';
import type { PortProtocol } from '../../../src/api/index.ts';
import { ANY_ADDRESS, parseAddress, protocolsOf } from '../../../src/core/index.ts';
import type { ContainerPort, Pod } from '../../../src/kube/index.ts';
import { domainOf } from './ledger.ts';
import type { Statement } from './statements.ts';

/**
 * The host ports that a pod declares, in the cluster's domain: of one that was given them by the webhook and may use them
 * still. What pods share (RoleScoped numbers) is held for somebody else, and left out.
 */
export function inPodSpec(pod: Pod): readonly Statement[] {
  const { metadata, spec } = pod;
  const { annotations = {}, namespace = '', name, uid, ownerReferences = [] } = metadata;
  const token = annotations[podAnnotations.reservation];
  if (token === undefined || mayShare(annotations) || !mayListen(pod)) return [];
  const isSticky = annotations[podAnnotations.sticky] === 'true';
  const { key } = podHolder({ namespace, name, uid });
  const aliases = [
    token,
    key,
    ...(isSticky ? [...ownerReferences.map((owner) => owner.uid), ordinalKeyOf(namespace, name)] : []),
  ];
  const common = { domain: domainOf(), party: uid, aliases, who: `Pod ${namespace}/${name}`, source: 'pod' } as const;
  const ports = [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) => container.ports ?? []);
  return ports.flatMap((port) => {
    const { hostPort: number = 0 } = port;
    return number === 0 ? [] : [{ ...common, number, ...bindingOf(port) }];
  });
}

/** Under which key the ledger has what the pod of a StatefulSet keeps by its ordinal. */
function ordinalKeyOf(namespace: string, pod: string): string {
  const [, name = '', ordinal = ''] = /^(.+)-(\d+)$/.exec(pod) ?? [];
  return ordinalHolder(namespace, { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: '' }, Number(ordinal)).key;
}

function mayShare(annotations: Readonly<Record<string, string>>): boolean {
  const { portAllocator, rbgPortAllocator } = podAnnotations;
  return [portAllocator, rbgPortAllocator].some((key) => annotations[key] !== undefined);
}

/** Not one that says it has finished, nor one that is terminating and has no container that runs, or may be started. */
function mayListen({ metadata, spec, status }: Pod): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false;
  if (metadata.deletionTimestamp === undefined) return true;
  if (spec.nodeName === undefined) return false;
  const ended = (status?.containerStatuses ?? []).filter(({ state }) => state?.terminated !== undefined);
  return ended.length < spec.containers.length;
}

function bindingOf({ name, containerPort, protocol = 'TCP', hostIP = '' }: ContainerPort) {
  const address = (hostIP === '' ? undefined : parseAddress(hostIP)) ?? ANY_ADDRESS;
  return { port: name ?? String(containerPort), protocols: protocolsOf(protocol as PortProtocol), address };
}
