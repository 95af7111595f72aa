import { ROOM_PREFIX, roleLabels, serviceAnnotations } from '../api/index.ts';
import { ZONE_LABEL, isAnnotated } from '../controllers/service/index.ts';
import type { Namespace, Node, ObjectMeta, Service } from '../kube/index.ts';

type Texts = Readonly<Record<string, string>>;

const OURS: ReadonlySet<string> = new Set(Object.values(serviceAnnotations));

/** The part of a node that is kept: its zone, and the room that it advertises. Its images and conditions are kilobytes. */
export function trimNode({ apiVersion, kind, metadata, status }: Node): Node {
  const { capacity, allocatable } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata: { ...bare(metadata), labels: only(metadata.labels, (label) => label === ZONE_LABEL) },
    status: { capacity: roomAmong(capacity), allocatable: roomAmong(allocatable) },
  };
}

/** Of all other resources one is kept: it shows that a kubelet has reported the node. */
function roomAmong(resources: Texts = {}): Texts {
  const other = Object.keys(resources).find((name) => !name.startsWith(ROOM_PREFIX));
  return only(resources, (name) => name.startsWith(ROOM_PREFIX) || name === other);
}

/** The part of a namespace that is kept: the labels by which pools select it, and those that say what its pods may do. */
export function trimNamespace({ apiVersion, kind, metadata }: Namespace): Namespace {
  const { labels } = metadata;
  return { apiVersion, kind, metadata: { ...bare(metadata), ...(labels === undefined ? {} : { labels }) } };
}

/**
 * The part of a Service that is kept: its node ports; and, if it has an annotation of Hostport, what slices are made
 * of.
 */
export function trimService(service: Service): Service {
  const { apiVersion, kind, metadata, spec } = service;
  const annotations = only(metadata.annotations, (key) => OURS.has(key));
  if (isAnnotated(service)) {
    return { apiVersion, kind, metadata: { ...metadata, annotations }, ...(spec === undefined ? {} : { spec }) };
  }
  const labels = only(metadata.labels, (label) => label === roleLabels.service);
  return { apiVersion, kind, metadata: { ...bare(metadata), labels }, ...nodePortsOf(service) };
}

function nodePortsOf({ spec }: Service): Pick<Service, 'spec'> {
  const { healthCheckNodePort, ports = [] } = spec ?? {};
  const taken = ports.filter(({ nodePort }) => nodePort !== undefined);
  if (taken.length === 0 && healthCheckNodePort === undefined) return {};
  return { spec: { ports: taken, ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }) } };
}

function bare({ namespace, name, uid, resourceVersion, creationTimestamp, deletionTimestamp }: ObjectMeta): ObjectMeta {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}

function only(texts: Texts = {}, isWanted: (key: string) => boolean): Texts {
  return Object.fromEntries(Object.entries(texts).filter(([key]) => isWanted(key)));
}
