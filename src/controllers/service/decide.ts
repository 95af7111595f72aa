import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { SLICE_MANAGER } from '../../api/index.ts';
import { sliceLabels } from '../../kube/index.ts';
import type { AddressFamily, Draft, Endpoint, EndpointPort, EndpointSlice, Pod, Service } from '../../kube/index.ts';
import { ownerReferenceTo } from '../../roles/index.ts';
import { allot } from './allotment.ts';
import { FAMILIES, endpointOf, isFindable, nodeAddress, takes } from './endpoint.ts';
import type { Entitlement, PortsByName } from './entitled.ts';
import { numberOf } from './publication.ts';
import type { Publication } from './publication.ts';

/** A pod, the numbers that it says it was assigned, and those of them that the ledger has for it. */
export interface GivenPod extends Entitlement {
  readonly pod: Pod;
  readonly told: PortsByName;
}

/** The facts about a Service. */
export interface Situation {
  readonly service: Service;
  readonly publication: Publication;
  /** The pods that it selects, as far as they say that they were assigned any number. */
  readonly pods: readonly GivenPod[];
  /** Those of them that have contradicted the ledger for some time. */
  readonly doubtful: readonly GivenPod[];
  /** The slices of Hostport that belong to it, or say so. */
  readonly slices: readonly EndpointSlice[];
  readonly zoneOf: (nodeName: string) => string | undefined;
}

/** The writes to make. */
export interface Decision {
  readonly create: readonly Draft<EndpointSlice>[];
  /** Replacements, on the versions that were seen. */
  readonly replace: readonly Draft<EndpointSlice>[];
  readonly remove: readonly EndpointSlice[];
}

/** Pods with the same number for each port. */
interface Group {
  readonly family: AddressFamily;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
  /** The prefix of the names of its slices; an index follows. */
  readonly prefix: string;
}

/** Labels that decide which component handles a slice: one that the Service doesn't have is removed. */
const DECIDING = 'service.kubernetes.io/';

/**
 * Decides which slices to write, so that every pod that can be found is in one slice of each family, with its numbers,
 * and in no unwanted one. A slice that is right isn't written.
 */
export function decide(situation: Situation): Decision {
  const { slices } = situation;
  const wanted = groupsOf(situation).flatMap((group) => slicesOf(situation, group));
  const byName = new Map(slices.map((slice) => [slice.metadata.name, slice]));
  const kept = new Set<EndpointSlice>();
  const create: Draft<EndpointSlice>[] = [];
  const replace: Draft<EndpointSlice>[] = [];
  for (const draft of wanted) {
    const there = byName.get(draft.metadata.name ?? '');
    if (there === undefined) create.push(draft);
    // An address type can't be changed: such a slice is deleted, and created anew when it is gone.
    if (there?.addressType !== draft.addressType) continue;
    kept.add(there);
    if (!isAsWanted(there, draft)) replace.push(onto(there, draft));
  }
  return { create, replace, remove: slices.filter((slice) => !kept.has(slice)) };
}

function groupsOf({ service, publication, pods, zoneOf }: Situation): readonly Group[] {
  const members = pods
    .filter(({ pod }) => isFindable(pod))
    .toSorted(byName)
    .flatMap(({ pod, held }) => {
      return FAMILIES.filter((family) => takes(service, family)).flatMap((family) => {
        const address = nodeAddress(pod, family);
        const numbers = publication.ports.map((port) => numberOf(port, held.get(family)));
        if (address === undefined || numbers.every((number) => number === undefined)) return [];
        const endpoint = endpointOf(pod, address, service, zoneOf(pod.spec.nodeName ?? ''));
        return [{ key: [family, ...numbers].join(), family, numbers, endpoint }];
      });
    });
  return [...Map.groupBy(members, ({ key }) => key)].flatMap(([key, group]) =>
    group.slice(0, 1).map(({ family, numbers }) => ({
      family,
      ports: portsWith(publication, numbers),
      endpoints: group.map(({ endpoint }) => endpoint),
      prefix: `${service.metadata.name}-${hash([service.metadata.uid, key].join())}-`,
    })),
  );
}

function byName({ pod: left }: GivenPod, { pod: right }: GivenPod): number {
  return left.metadata.name < right.metadata.name ? -1 : 1;
}

/** The hash contains the UID, so that no slice has the name of a slice of an earlier Service with the same name. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function portsWith({ ports }: Publication, numbers: readonly (number | undefined)[]): readonly EndpointPort[] {
  return ports.flatMap(({ name, protocol, appProtocol }, at) => {
    const port = numbers[at];
    if (port === undefined) return [];
    return [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function slicesOf({ service, slices }: Situation, group: Group): readonly Draft<EndpointSlice>[] {
  const { prefix, endpoints, family, ports } = group;
  const places = new Map(
    slices.flatMap((slice) => {
      const index = indexOf(slice, prefix);
      return index === undefined ? [] : (slice.endpoints ?? []).map(({ targetRef }) => [targetRef?.uid ?? '', index]);
    }) as readonly (readonly [string, number])[],
  );
  const { namespace = '' } = service.metadata;
  const metadata = { namespace, labels: labelsFor(service), ownerReferences: [ownerReferenceTo(service)] };
  return [...allot(endpoints, places)].map(([index, some]) => ({
    metadata: { ...metadata, name: `${prefix}${index}` },
    addressType: family,
    endpoints: some,
    ports,
  }));
}

function indexOf({ metadata: { name } }: EndpointSlice, prefix: string): number | undefined {
  const index = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^(0|[1-9][0-9]{0,5})$/.test(index) ? Number(index) : undefined;
}

/** The Service's labels, as the built-in controller copies them, and those of Hostport. */
function labelsFor({ metadata, spec }: Service): Readonly<Record<string, string>> {
  const { [sliceLabels.headless]: _, ...labels } = metadata.labels ?? {};
  return {
    ...labels,
    ...(spec?.clusterIP === 'None' ? { [sliceLabels.headless]: '' } : {}),
    [sliceLabels.serviceName]: metadata.name,
    [sliceLabels.managedBy]: SLICE_MANAGER,
  };
}

function isAsWanted(there: EndpointSlice, draft: Draft<EndpointSlice>): boolean {
  return (
    hasLabels(there.metadata.labels ?? {}, draft.metadata.labels ?? {}) &&
    isDeepStrictEqual(there.metadata.ownerReferences, draft.metadata.ownerReferences) &&
    isDeepStrictEqual(there.endpoints, draft.endpoints) &&
    isDeepStrictEqual(there.ports, draft.ports)
  );
}

/** Labels that others add stay, or this controller would write against a webhook for ever. */
function hasLabels(there: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  const strays = Object.keys(there).filter((key) => key.startsWith(DECIDING) && wanted[key] === undefined);
  return strays.length === 0 && Object.entries(wanted).every(([key, value]) => there[key] === value);
}

function onto({ metadata }: EndpointSlice, draft: Draft<EndpointSlice>): Draft<EndpointSlice> {
  const { resourceVersion, uid, labels } = metadata;
  const others = Object.entries(labels ?? {}).filter(([key]) => !key.startsWith(DECIDING));
  const merged = { ...(Object.fromEntries(others) as Readonly<Record<string, string>>), ...draft.metadata.labels };
  return { ...draft, metadata: { ...draft.metadata, uid, resourceVersion, labels: merged } };
}
