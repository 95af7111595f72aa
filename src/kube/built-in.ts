import { resourceType } from './resource.ts';
import type { KubeObject, ObjectMeta } from './resource.ts';
import type { PlainCondition, PodSpec } from './pod.ts';

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

/** core/v1 ServiceAccount. */
export type ServiceAccount = KubeObject;

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

/** rbac.authorization.k8s.io/v1 PolicyRule: what a role allows. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** rbac.authorization.k8s.io/v1 Role and ClusterRole. */
export interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[];
}

/** rbac.authorization.k8s.io/v1 RoleBinding and ClusterRoleBinding. */
export interface RoleBinding extends KubeObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
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

const core = { group: '', version: 'v1' };
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' };

/** ConfigMaps. */
export const ConfigMaps = resourceType<ConfigMap>({
  ...core,
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
});
/** Secrets. */
export const Secrets = resourceType<Secret>({ ...core, plural: 'secrets', kind: 'Secret', namespaced: true });
/** Namespaces. */
export const Namespaces = resourceType<Namespace>({
  ...core,
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
});
/** Services. */
export const Services = resourceType<Service>({ ...core, plural: 'services', kind: 'Service', namespaced: true });
/** Nodes. */
export const Nodes = resourceType<Node>({ ...core, plural: 'nodes', kind: 'Node', namespaced: false });
/** Events of the core group. */
export const Events = resourceType<KubeEvent>({ ...core, plural: 'events', kind: 'Event', namespaced: true });
/** ServiceAccounts. */
export const ServiceAccounts = resourceType<ServiceAccount>({
  ...core,
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
});
/** CustomResourceDefinitions. */
export const CustomResourceDefinitions = resourceType<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
});
/** Roles. */
export const Roles = resourceType<Role>({ ...rbac, plural: 'roles', kind: 'Role', namespaced: true });
/** RoleBindings. */
export const RoleBindings = resourceType<RoleBinding>({
  ...rbac,
  plural: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
});
/** ClusterRoles. */
export const ClusterRoles = resourceType<Role>({
  ...rbac,
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
});
/** ClusterRoleBindings. */
export const ClusterRoleBindings = resourceType<RoleBinding>({
  ...rbac,
  plural: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
});
/** Deployments. */
export const Deployments = resourceType<Deployment>({
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
});
/** DaemonSets. */
export const DaemonSets = resourceType<KubeObject>({
  group: 'apps',
  version: 'v1',
  plural: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
});
/** ControllerRevisions. */
export const ControllerRevisions = resourceType<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
});
/** PodDisruptionBudgets. */
export const PodDisruptionBudgets = resourceType<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
});
/** NetworkPolicies. */
export const NetworkPolicies = resourceType<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
});
/** ResourceQuotas. */
export const ResourceQuotas = resourceType<KubeObject>({
  ...core,
  plural: 'resourcequotas',
  kind: 'ResourceQuota',
  namespaced: true,
});
/** FlowSchemas. */
export const FlowSchemas = resourceType<KubeObject>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  plural: 'flowschemas',
  kind: 'FlowSchema',
  namespaced: false,
});
/** PriorityLevelConfigurations. */
export const PriorityLevelConfigurations = resourceType<KubeObject>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  plural: 'prioritylevelconfigurations',
  kind: 'PriorityLevelConfiguration',
  namespaced: false,
});
