import type { PlainCondition, PodSpec } from './pod.ts';
import type { KubeObject, ObjectMeta } from './resource.ts';

/** core/v1 ConfigMap. */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

/** core/v1 Secret; values are base64. */
export interface Secret extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** core/v1 Namespace. */
export interface Namespace extends KubeObject {
  readonly status?: { readonly phase?: string };
}

/** core/v1 Node. */
export interface Node extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly providerID?: string };
  readonly status?: {
    readonly capacity?: Readonly<Record<string, string>>;
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly PlainCondition[];
  };
}

/** core/v1 ObjectReference: names another object, for example the one that an Event is about. */
export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
}

/** core/v1 Event: what `kubectl describe` shows. */
export interface KubeEvent extends KubeObject {
  readonly involvedObject: ObjectReference;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
}

/** The spec of a Lease. Its times come from the writer's clock: show them, but never compare them with another clock. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** `metav1.MicroTime`, see {@link microTime}. */
  readonly acquireTime?: string;
  /** `metav1.MicroTime`. */
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** coordination.k8s.io/v1 Lease. */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** apiextensions.k8s.io/v1 CustomResourceDefinition. The schema passes through untouched. */
export interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly Readonly<Record<string, unknown>>[];
  };
  readonly status?: { readonly conditions?: readonly PlainCondition[] };
}

/** apps/v1 Deployment. */
export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: { readonly metadata?: Partial<ObjectMeta>; readonly spec: PodSpec };
  };
  readonly status?: { readonly readyReplicas?: number; readonly observedGeneration?: number };
}

/** apps/v1 ControllerRevision: the present or a former template of a controller. It never changes. */
export interface ControllerRevision extends KubeObject {
  readonly data?: Readonly<Record<string, unknown>>;
  /** A newer revision has a higher number. */
  readonly revision: number;
}

/** policy/v1 PodDisruptionBudget. */
export interface PodDisruptionBudget extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

/** networking.k8s.io/v1 NetworkPolicy. */
export interface NetworkPolicy extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}
