import type { ObjectReference } from './built-in.ts';
import type { KubeObject } from './resource.ts';

/**
 * core/v1 Service, as far as Hostport reads it: the node ports that it takes, and the pods and ports that it sends
 * traffic to.
 */
export interface Service extends KubeObject {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly ipFamilies?: readonly string[];
    readonly publishNotReadyAddresses?: boolean;
    readonly selector?: Readonly<Record<string, string>>;
    readonly healthCheckNodePort?: number;
    readonly ports?: readonly {
      readonly name?: string;
      readonly protocol?: string;
      readonly port: number;
      readonly targetPort?: number | string;
      readonly appProtocol?: string;
      readonly nodePort?: number;
    }[];
  };
}

/** The address families, as Services and EndpointSlices name them. */
export type AddressFamily = 'IPv4' | 'IPv6';

/** One place that serves a Service. */
export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
  /** The endpoint's own name in the DNS of a headless Service. */
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly targetRef?: ObjectReference;
}

/** A port that all endpoints of a slice have. `name` is the name of the Service's port, or empty if it has none. */
export interface EndpointPort {
  readonly name?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

/** discovery.k8s.io/v1 EndpointSlice: a part of the endpoints of a Service. */
export interface EndpointSlice extends KubeObject {
  /** Immutable. */
  readonly addressType: string;
  readonly endpoints?: readonly Endpoint[] | null;
  readonly ports?: readonly EndpointPort[] | null;
}

/** The labels of EndpointSlices. */
export const sliceLabels = {
  /** The Service that a slice belongs to. */
  serviceName: 'kubernetes.io/service-name',
  /** The controller that writes the slice. Other controllers don't touch it. */
  managedBy: 'endpointslice.kubernetes.io/managed-by',
  /** Marks slices of headless Services, which proxies ignore. */
  headless: 'service.kubernetes.io/headless',
} as const;
