import { eventReasons, serviceAnnotations } from '../../api/index.ts';
import type { Pod, Service } from '../../kube/index.ts';
import type { GivenPod, Situation } from './decide.ts';
import { FAMILIES, isFindable, nodeAddress } from './endpoint.ts';
import { numberOf } from './publication.ts';
import type { PublishedPort } from './publication.ts';

/** Something that the owner of a Service should know. */
export interface Concern {
  /** Equal for what is told once as long as it lasts, whichever pod it is about. */
  readonly about: string;
  readonly reason: string;
  readonly message: string;
}

/** What goes wrong with a Service that is published, though it is written well. */
export function concernsOf({ service, publication, pods }: Situation): readonly Concern[] {
  const found = pods.filter(({ pod }) => isFindable(pod));
  const missing = publication.ports.flatMap((port) => missingPort(port, found) ?? []);
  const twice = found.map((given) => differently(service, publication.ports, given)).find(Boolean);
  return twice === undefined ? missing : [...missing, twice];
}

function missingPort(port: PublishedPort, found: readonly GivenPod[]): Concern | undefined {
  if (found.length === 0 || found.some(({ told }) => numberOf(port, told) !== undefined)) return undefined;
  const { target, protocol, name } = port;
  const reason = eventReasons.notPublished;
  const called = name === '' ? 'the port' : `port "${name}"`;
  for (const { pod, told } of found) {
    const spoken = [...(told.get(target)?.protocols ?? [])];
    if (spoken.length === 0) continue;
    const message = `${called} is ${protocol}, and "${target}" of pod "${pod.metadata.name}" is ${spoken.join(' and ')}: write protocol: ${spoken[0]}`;
    return { about: `protocol of ${target}`, reason, message };
  }
  const known = [...new Set(found.flatMap(({ told }) => [...told.keys()]))].toSorted();
  const message = `${called} has targetPort "${target}", and no pod was given a number for a port of that name: write one of ${known.join(', ')}`;
  return { about: `name ${target}`, reason, message };
}

/** Where the built-in controller, by the Service's selector, says something else of a pod than we do. */
function differently(service: Service, ports: readonly PublishedPort[], given: GivenPod): Concern | undefined {
  const { pod, told } = given;
  const selector = Object.entries(service.spec?.selector ?? {});
  const podIP = pod.status?.podIP ?? '';
  if (selector.length === 0 || podIP === '') return undefined;
  for (const port of ports) {
    const number = numberOf(port, told);
    const address = FAMILIES.map((family) => nodeAddress(pod, family)).find((each) => each !== undefined);
    const seen = declaredNumber(pod, port);
    if (number === undefined || address === undefined || (address === podIP && seen === number)) continue;
    const theirs = seen === undefined ? `${podIP} without a port` : `${podIP}, port ${seen}`;
    const text = selector.map(([key, value]) => `${key}=${value}`).join();
    return {
      about: 'spec.selector',
      reason: eventReasons.publishedTwice,
      message: `Kubernetes makes endpoints for spec.selector, too: there pod "${pod.metadata.name}" is at ${theirs}, and in those of Hostport at ${address}, port ${number}: make the Service anew without spec.selector, with ${serviceAnnotations.selector}: "${text}"`,
    };
  }
  return undefined;
}

/** What the built-in controller takes for a named port: the first of that name and protocol, of sidecars as well. */
function declaredNumber({ spec }: Pod, { target, protocol }: PublishedPort): number | undefined {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === target && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}
