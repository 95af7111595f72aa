import type { Role, RoleBinding, SubjectAccessReview, TokenReview } from './access.ts';
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  WebhookConfiguration,
} from './admission-registration.ts';
import type {
  ConfigMap,
  ControllerRevision,
  CustomResourceDefinition,
  Deployment,
  KubeEvent,
  Lease,
  Namespace,
  NetworkPolicy,
  Node,
  PodDisruptionBudget,
  Secret,
} from './built-in.ts';
import type { Pod } from './pod.ts';
import type { KubeObject, ResourceType } from './resource.ts';
import type { EndpointSlice, Service } from './service.ts';

// Where the API server serves each built-in kind that Hostport reads or writes, by API version. A kind without a type of its
// own is one of which Hostport uses only the metadata, or writes whole manifests.

export const ConfigMaps = namespaced<ConfigMap>('v1', 'ConfigMap', 'configmaps');
/** Events of the core group. */
export const Events = namespaced<KubeEvent>('v1', 'Event', 'events');
export const Namespaces = clusterScoped<Namespace>('v1', 'Namespace', 'namespaces');
export const Nodes = clusterScoped<Node>('v1', 'Node', 'nodes');
export const Pods = namespaced<Pod>('v1', 'Pod', 'pods');
export const ReplicationControllers = namespaced('v1', 'ReplicationController', 'replicationcontrollers');
export const ResourceQuotas = namespaced('v1', 'ResourceQuota', 'resourcequotas');
export const Secrets = namespaced<Secret>('v1', 'Secret', 'secrets');
export const ServiceAccounts = namespaced('v1', 'ServiceAccount', 'serviceaccounts');
export const Services = namespaced<Service>('v1', 'Service', 'services');

const ADMISSION = 'admissionregistration.k8s.io/v1';
export const MutatingWebhookConfigurations = clusterScoped<WebhookConfiguration>(
  ADMISSION,
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
);
export const ValidatingWebhookConfigurations = clusterScoped<WebhookConfiguration>(
  ADMISSION,
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
);
export const ValidatingAdmissionPolicies = clusterScoped<ValidatingAdmissionPolicy>(
  ADMISSION,
  'ValidatingAdmissionPolicy',
  'validatingadmissionpolicies',
);
export const ValidatingAdmissionPolicyBindings = clusterScoped<ValidatingAdmissionPolicyBinding>(
  ADMISSION,
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
);

export const CustomResourceDefinitions = clusterScoped<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
);

export const ControllerRevisions = namespaced<ControllerRevision>(
  'apps/v1',
  'ControllerRevision',
  'controllerrevisions',
);
export const DaemonSets = namespaced('apps/v1', 'DaemonSet', 'daemonsets');
export const Deployments = namespaced<Deployment>('apps/v1', 'Deployment', 'deployments');
export const ReplicaSets = namespaced('apps/v1', 'ReplicaSet', 'replicasets');
export const StatefulSets = namespaced('apps/v1', 'StatefulSet', 'statefulsets');

export const CronJobs = namespaced('batch/v1', 'CronJob', 'cronjobs');
export const Jobs = namespaced('batch/v1', 'Job', 'jobs');

/** TokenReviews: who has a token. */
export const TokenReviews = clusterScoped<TokenReview>('authentication.k8s.io/v1', 'TokenReview', 'tokenreviews');
/** SubjectAccessReviews: what a user may do. */
export const SubjectAccessReviews = clusterScoped<SubjectAccessReview>(
  'authorization.k8s.io/v1',
  'SubjectAccessReview',
  'subjectaccessreviews',
);

export const Leases = namespaced<Lease>('coordination.k8s.io/v1', 'Lease', 'leases');

export const EndpointSlices = namespaced<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices');

const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io/v1';
export const FlowSchemas = clusterScoped(FLOW_CONTROL, 'FlowSchema', 'flowschemas');
export const PriorityLevelConfigurations = clusterScoped(
  FLOW_CONTROL,
  'PriorityLevelConfiguration',
  'prioritylevelconfigurations',
);

export const NetworkPolicies = namespaced<NetworkPolicy>('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies');

export const PodDisruptionBudgets = namespaced<PodDisruptionBudget>(
  'policy/v1',
  'PodDisruptionBudget',
  'poddisruptionbudgets',
);

const RBAC = 'rbac.authorization.k8s.io/v1';
export const ClusterRoles = clusterScoped<Role>(RBAC, 'ClusterRole', 'clusterroles');
export const ClusterRoleBindings = clusterScoped<RoleBinding>(RBAC, 'ClusterRoleBinding', 'clusterrolebindings');
export const Roles = namespaced<Role>(RBAC, 'Role', 'roles');
export const RoleBindings = namespaced<RoleBinding>(RBAC, 'RoleBinding', 'rolebindings');

function namespaced<T extends KubeObject = KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
): ResourceType<T> {
  return { ...groupAndVersion(apiVersion), kind, plural, namespaced: true };
}

function clusterScoped<T extends KubeObject = KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
): ResourceType<T> {
  return { ...groupAndVersion(apiVersion), kind, plural, namespaced: false };
}

/** Splits `group/version`. The core group has no name: its API version is just `v1`. */
function groupAndVersion(apiVersion: string): Pick<ResourceType, 'group' | 'version'> {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(0, slash)), version: apiVersion.slice(slash + 1) };
}
