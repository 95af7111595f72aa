/** The API group of every kind that Hostport defines. */
export const GROUP = 'hostport.io';

/** The only version so far. */
export const VERSION = 'v1alpha1';

/** The `apiVersion` of every object of Hostport. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** The prefix of every label and annotation of Hostport. */
export const KEY_PREFIX = `${GROUP}/`;

/** The default namespace of the managers, their ledger and their lease. */
export const DEFAULT_NAMESPACE = 'hostport-system';

/** The component that Events name as their source. */
export const EVENT_COMPONENT = 'hostport';

/** The service account of the managers, and the name of its roles and their Lease. */
export const MANAGER_NAME = 'hostport-manager';

/** The role that allows writing the status of nodes; the managers are bound to it as long as a pool advertises its room. */
export const ROOM_ROLE_NAME = 'hostport-room';

/** The service account of the node agents, and the name of their other objects. */
export const AGENT_NAME = 'hostport-node-agent';

/** The Secret with the CA of the webhooks' certificates. */
export const CA_SECRET_NAME = 'hostport-webhook-ca';

/** The Secret with the unguessable part of the webhooks' path. */
export const PATH_SECRET_NAME = 'hostport-webhook-path';

/** Finalizers of Hostport. */
export const finalizers = {
  /** On an allocation: its numbers are still in the ledger. */
  release: 'hostport.io/release',
  /** On a pool or an allocation: it is still in use. */
  inUse: 'hostport.io/in-use',
} as const;

/** Annotations on Hostport's own kinds, and on objects of the installation. */
export const annotations = {
  /** On a pool: `"true"` makes it the pool of requests that name none. */
  isDefaultPool: 'hostport.io/is-default-pool',
  /** On the CRD of PortPool: names of the shipped pools that were created once. */
  shippedPools: 'hostport.io/shipped-pools',
  /** On the CRD of PortPool: the only namespace of the cluster that has a ledger. */
  ledgerNamespace: 'hostport.io/ledger-namespace',
  /** On a namespace: `"true"` if the installation created it, and may delete it. */
  madeByInstall: 'hostport.io/made-by-install',
} as const;

/** Annotations on pods: the settings of users, and the results. */
export const podAnnotations = {
  /** `"true"`: every container port gets a number. */
  enabled: 'hostport.io/enabled',
  /** The name of the pool. */
  pool: 'hostport.io/pool',
  /** No number below this one. */
  basePort: 'hostport.io/base-port',
  /** How numbers are chosen. */
  strategy: 'hostport.io/strategy',
  /** `Dynamic`, or `Passthrough`: the ports keep their own numbers. */
  policy: 'hostport.io/policy',
  /** Names of the ports that keep their own numbers. */
  keep: 'hostport.io/keep',
  /** `Host`, or `Pod`. */
  network: 'hostport.io/network',
  /** The name of the PortAllocation whose numbers the pod borrows. */
  allocation: 'hostport.io/allocation',
  /** `"true"`: the ordinal keeps its numbers. */
  sticky: 'hostport.io/sticky',
  /** JSON: see `portAllocatorConfig` in `port-allocator.ts`. */
  portAllocator: 'hostport.io/port-allocator',
  /** RoleBasedGroup's name for the same. */
  rbgPortAllocator: 'rolebasedgroup.workloads.x-k8s.io/port-allocator',
  /** Result: the token of the reservation of the numbers. */
  reservation: 'hostport.io/reservation',
  /** Result, JSON: how the pod was written, so that a second review or a restored pod starts from it. */
  requested: 'hostport.io/requested',
  /** Result: the pool of scope Node from which the numbers come; with the Binding, unless the pod was made for its node. */
  nodePool: 'hostport.io/node-pool',
  /** Result: the number of a port, whose name follows. */
  allocatedPrefix: 'hostport.io/allocated-',
} as const;

/**
 * The API group of RoleBasedGroup (RBG), which gives the pods of its RoleInstances their ports itself, by the annotation
 * {@link podAnnotations.rbgPortAllocator}.
 */
export const RBG_GROUP = 'workloads.x-k8s.io';

/** Annotations on pods that only Hostport writes, besides those with the prefix {@link podAnnotations.allocatedPrefix}. */
export const podResults: readonly string[] = [
  podAnnotations.reservation,
  podAnnotations.requested,
  podAnnotations.nodePool,
];

/** The prefix of the names of extended resources. */
export const ROOM_PREFIX = `ports.${GROUP}/`;

/**
 * The extended resource by which a node advertises the room of a pool of scope `Node`; pods request as many as they
 * need numbers. The name of any pool fits: the part after the slash has at most 63 characters, as pools' names do.
 */
export function roomResource(pool: string): string {
  return `${ROOM_PREFIX}${pool}`;
}

/** On a namespace: its pods may use pools of scope Node, because the managers review each binding. */
export const nodePortsLabel = { key: 'hostport.io/node-ports', value: 'enabled' } as const;

/** Annotations on Services: whether the numbers of their pods are published. */
export const serviceAnnotations = {
  /** `"true"`: EndpointSlices contain the nodes and numbers of its pods. */
  publish: 'hostport.io/publish',
  /** A label selector: the pods of a Service that has no selector of its own. */
  selector: 'hostport.io/selector',
} as const;

/** The manager that EndpointSlices of Hostport name. */
export const SLICE_MANAGER = GROUP;

/** Labels of records, which Hostport writes for pods and their controllers. */
export const labels = {
  /** `"true"` on each of them. */
  record: 'hostport.io/record',
  /** For an ordinal with sticky numbers: the ordinal. */
  ordinal: 'hostport.io/ordinal',
  /** A label of Velero (velero.io, "Resource filtering"). */
  excludeFromBackup: 'velero.io/exclude-from-backup',
} as const;

/** Labels of role instances and of their pods. */
export const roleLabels = {
  /** On instances and pods: the name of their set in references. */
  role: 'hostport.io/role',
  /** On instances and pods: the name of their set. */
  roleInstanceSet: 'hostport.io/role-instance-set',
  /** On pods: the name of their instance; on instances their own. */
  roleInstance: 'hostport.io/role-instance',
  /** On instances and pods of a set with ordinals: the instance's. */
  instanceIndex: 'hostport.io/instance-index',
  /** On pods: the name of their component. */
  component: 'hostport.io/component',
  /** On pods: their index in the component. */
  componentIndex: 'hostport.io/component-index',
  /** On pods: the headless Service by which they are found; on a Service that was created for them: its own name. */
  service: 'hostport.io/service',
  /** On instances and pods: the revision of their template; Kubernetes' own name for it. */
  revision: 'controller-revision-hash',
  /** On pods: how often all pods of the instance had been replaced when the pod was created. */
  restarts: 'hostport.io/restarts',
} as const;

/** Environment variables in the pods of role instances. */
export const roleEnv = {
  role: 'HOSTPORT_ROLE',
  instance: 'HOSTPORT_INSTANCE',
  /** Only if the instance has an ordinal. */
  instanceIndex: 'HOSTPORT_INSTANCE_INDEX',
  component: 'HOSTPORT_COMPONENT',
  componentIndex: 'HOSTPORT_COMPONENT_INDEX',
} as const;

/** The MutatingWebhookConfiguration and the ValidatingWebhookConfiguration that send requests to the managers. */
export const WEBHOOK_CONFIGURATION_NAME = 'hostport';

/** The name of each webhook in messages of the API server. */
export const webhookNames = {
  pods: 'pods.hostport.io',
  bindings: 'bindings.hostport.io',
  roleInstanceSets: 'roleinstancesets.hostport.io',
} as const;

/** The path of each webhook; a secret part follows. */
export const webhookPaths = {
  pods: '/mutate/pods',
  bindings: '/mutate/bindings',
  roleInstanceSets: '/validate/roleinstancesets',
} as const;

/** {@link webhookPaths} by {@link webhookNames}. */
export const pathsByWebhook: Readonly<Record<string, string>> = {
  [webhookNames.pods]: webhookPaths.pods,
  [webhookNames.bindings]: webhookPaths.bindings,
  [webhookNames.roleInstanceSets]: webhookPaths.roleInstanceSets,
};

/** The Service through which the API server reaches the managers' webhooks. */
export const WEBHOOK_SERVICE_NAME = 'hostport-webhook';

/**
 * The namespaces whose pods get no ports, if the managers are in `namespace`: the cluster and Hostport itself must be
 * able to start without Hostport.
 */
export function exemptNamespaces(namespace: string): readonly string[] {
  return ['kube-system', 'kube-node-lease', namespace];
}
