import { eventReasons, serviceAnnotations } from '../../api/index.ts';
import type { Pod, Service } from '../../kube/index.ts';
import type { GivenPod, Situation } from './decide.ts';
import { FAMILIES, isFindable, nodeAddress } from './endpoint.ts';
import { numberOf } from './publication.ts';
import type { PublishedPort } from './publication.ts';

/** Something that the owner of a Service should know. */
export interface Concern {
  /** Equal for concerns that are reported only once as long as they last, whichever pod they are about. */
  readonly about: string;
  readonly reason: string;
  readonly message: string;
}

/** What goes wrong with a published Service although it is written correctly. */
export function concernsOf({ service, publication, pods, doubtful }: Situation): readonly Concern[] {
  const found = pods.filter(({ pod }) => isFindable(pod));
  const missing = publication.ports.flatMap((port) => missingPort(port, found) ?? []);
  const twice = found.map((given) => differently(service, publication.ports, given)).find(Boolean);
  return [...missing, notHeld(publication.ports, doubtful), twice].filter((concern) => concern !== undefined);
}

/** One concern for all pods: a creator of a thousand such pods causes no more Events. */
function notHeld(ports: readonly PublishedPort[], doubtful: readonly GivenPod[]): Concern | undefined {
  const [first, ...others] = doubtful.flatMap(({ pod, doubted }) => {
    const port = ports.find((each) => numberOf(each, doubted) !== undefined);
    return port === undefined ? [] : [{ name: pod.metadata.name, port, number: numberOf(port, doubted) }];
  });
  if (first === undefined) return undefined;
  const { name, port, number } = first;
  const more = others.length === 0 ? '' : `, nor are those of ${others.length} more pods`;
  return {
    about: 'what is not held',
    reason: eventReasons.notHeld,
    message: `${number} of port "${port.target}", as pod "${name}" says, is not published${more}: the ledger doesn't have it for the pod at the address of its node: delete the pod, so that it is made anew and given a number`,
  };
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

/** Pods for which the built-in controller, by the Service's selector, writes other endpoints than this one. */
function differently(service: Service, ports: readonly PublishedPort[], given: GivenPod): Concern | undefined {
  const { pod, held } = given;
  const selector = Object.entries(service.spec?.selector ?? {});
  const podIP = pod.status?.podIP ?? '';
  if (selector.length === 0 || podIP === '') return undefined;
  for (const port of ports) {
    const family = FAMILIES.find((each) => nodeAddress(pod, each) !== undefined && numberOf(port, held.get(each)));
    if (family === undefined) continue;
    const number = numberOf(port, held.get(family));
    const address = nodeAddress(pod, family);
    const seen = declaredNumber(pod, port);
    if (address === podIP && seen === number) continue;
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

/**
 * The number that the built-in controller uses for a named port: that of the first port with its name and protocol,
 * sidecars included.
 */
function declaredNumber({ spec }: Pod, { target, protocol }: PublishedPort): number | undefined {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === target && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}
