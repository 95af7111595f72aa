import { SLICE_MANAGER, serviceAnnotations } from '../../api/index.ts';
import { keyOf, parseKey, sliceLabels } from '../../kube/index.ts';
import type { EndpointSlice, Node, Pod, ResourceCache, Service } from '../../kube/index.ts';
import { assignedPorts, controllerOf, hasAssignedPorts } from '../../workload/index.ts';
import type { GivenPod } from './decide.ts';
import { PodsByLabel } from './pods-by-label.ts';
import { ServicesByLabel } from './services-by-label.ts';
import { entitled } from './entitled.ts';
import type { ClaimsOn, Entitlement } from './entitled.ts';
import { publicationOf } from './publication.ts';

/** The caches of Services and of what they select. */
export interface ServiceCaches {
  readonly services: ResourceCache<Service>;
  readonly pods: ResourceCache<Pod>;
  readonly nodes: ResourceCache<Node>;
  /** Only slices of Hostport. */
  readonly slices: ResourceCache<EndpointSlice>;
}

/** Selects the slices of Hostport. */
export const ourSlices = { labelSelector: `${sliceLabels.managedBy}=${SLICE_MANAGER}` } as const;

const HOME = 'home';

/** The label with the zone of a node. */
export const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Looks things up in the caches. Services and pods are parsed once for each version. */
export class SeenServices {
  readonly #caches: ServiceCaches;
  readonly #claimsOn: ClaimsOn;
  readonly #publications = new WeakMap<Service, ReturnType<typeof publicationOf>>();
  readonly #told = new WeakMap<Pod, GivenPod['told']>();
  readonly #services: ServicesByLabel;
  #pods: PodsByLabel;

  /** Adds indexes to `caches`, before they are started. */
  constructor(caches: ServiceCaches, claimsOn: ClaimsOn) {
    this.#caches = caches;
    this.#claimsOn = claimsOn;
    this.#pods = new PodsByLabel(caches.pods);
    this.#services = new ServicesByLabel((service) => {
      const publication = isAnnotated(service) ? this.publicationOf(service) : undefined;
      return publication?.ok === true ? publication.value?.needs : undefined;
    });
    caches.services.subscribe((change) => this.#services.follow(change));
    caches.slices.index(HOME, (slice) => [homeOf(slice)]);
  }

  /** Starts to index the pods of Services, until the returned handle is disposed. */
  begin(): Disposable {
    this.#pods = new PodsByLabel(this.#caches.pods);
    return this.#pods;
  }

  /** Resolves when the pods of a Service can be looked up; a Service that publishes nothing needs no index. */
  async preparePodsOf(key: string, service: Service | undefined): Promise<void> {
    const { namespace = '' } = parseKey(key);
    const publication = service === undefined ? undefined : this.publicationOf(service);
    const needs = publication?.ok === true ? publication.value?.needs : undefined;
    if (needs === undefined) this.#pods.leave(namespace, key);
    else await this.#pods.need(namespace, needs, key);
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#caches.services.get(namespace, name);
  }

  /** See `publicationOf`. */
  publicationOf(service: Service): ReturnType<typeof publicationOf> {
    const known = this.#publications.get(service) ?? publicationOf(service);
    this.#publications.set(service, known);
    return known;
  }

  /**
   * The pods that a Service selects, as far as they say that they were assigned any number; to be called after {@link
   * preparePodsOf}.
   */
  podsOf(service: Service): readonly GivenPod[] {
    const { namespace = '' } = service.metadata;
    const publication = this.publicationOf(service);
    if (!publication.ok || publication.value === undefined) return [];
    const { selects, needs, ports } = publication.value;
    const names = new Set(ports.map(({ target }) => target));
    return [...this.#pods.among(namespace, needs)]
      .filter(({ metadata }) => selects(metadata.labels))
      .map((pod) => this.#given(pod, names));
  }

  /** Compares all assigned numbers of `pod` with the ledger. */
  entitlementOf(pod: Pod): Entitlement {
    return entitled(pod, this.#assignedTo(pod), this.#claimsOn);
  }

  /** The Services that publish `pod`. */
  servicesOf(pod: Pod): readonly Service[] {
    if (!hasAssignedPorts(pod)) return [];
    return [...this.#services.among(pod)].filter((service) => {
      const publication = this.publicationOf(service);
      return publication.ok && publication.value?.selects(pod.metadata.labels) === true;
    });
  }

  /** The slices of Hostport that belong to the Service `key`, or say so. */
  slicesOf(key: string): readonly EndpointSlice[] {
    return this.#caches.slices.byIndex(HOME, key);
  }

  zoneOf(nodeName: string): string | undefined {
    const node = this.#caches.nodes.get(undefined, nodeName);
    return node === undefined ? undefined : zoneIn(node);
  }

  /** The pod with its assigned numbers, and what the ledger says about the ports with one of `names`. */
  #given(pod: Pod, names: ReadonlySet<string>): GivenPod {
    const told = this.#assignedTo(pod);
    return { pod, told, ...entitled(pod, told, this.#claimsOn, names) };
  }

  #assignedTo(pod: Pod): GivenPod['told'] {
    const known = this.#told.get(pod) ?? assignedPorts(pod);
    this.#told.set(pod, known);
    return known;
  }
}

/** Whether a Service has an annotation about publishing. */
export function isAnnotated({ metadata: { annotations = {} } }: Service): boolean {
  return Object.values(serviceAnnotations).some((key) => annotations[key] !== undefined);
}

/** The key of the Service that owns a slice; of one that nobody owns, of the Service that it names. */
export function homeOf(slice: EndpointSlice): string {
  const owner = controllerOf(slice);
  const named = slice.metadata.labels?.[sliceLabels.serviceName] ?? '';
  return keyOf({ metadata: { ...slice.metadata, name: owner?.kind === 'Service' ? owner.name : named } });
}

/** The zone that a node says it is in. */
export function zoneIn({ metadata }: Node): string | undefined {
  return metadata.labels?.[ZONE_LABEL];
}
