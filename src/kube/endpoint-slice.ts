import { resourceType } from './resource.ts';
import type { KubeObject } from './resource.ts';
import type { ObjectReference } from './built-in.ts';

/** Families of addresses, as Services and EndpointSlices call them. */
export type AddressFamily = 'IPv4' | 'IPv6';

/** One place where a Service is served. */
export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
  /** The name of a single endpoint in the DNS of a headless Service. */
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly targetRef?: ObjectReference;
}

/** A port that all endpoints of a slice have; `name` is that of the Service's port, empty where it has none. */
export interface EndpointPort {
  readonly name?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

/** discovery.k8s.io/v1 EndpointSlice: some of the endpoints of a Service. */
export interface EndpointSlice extends KubeObject {
  /** Immutable. */
  readonly addressType: string;
  readonly endpoints?: readonly Endpoint[] | null;
  readonly ports?: readonly EndpointPort[] | null;
}

/** Labels of EndpointSlices. */
export const sliceLabels = {
  /** The Service that a slice belongs to. */
  serviceName: 'kubernetes.io/service-name',
  /** Who writes it; everybody else keeps off. */
  managedBy: 'endpointslice.kubernetes.io/managed-by',
  /** On slices of headless Services, which proxies pass over. */
  headless: 'service.kubernetes.io/headless',
} as const;

/** EndpointSlices. */
export const EndpointSlices = resourceType<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
});
