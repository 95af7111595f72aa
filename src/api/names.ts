/** The API group of every kind that Hostport defines. */
export const GROUP = 'hostport.io';

/** The only version there is yet. */
export const VERSION = 'v1alpha1';

/** What stands in `apiVersion` of every object of ours. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** `kubectl get hostport` lists every kind in it. */
export const CATEGORY = 'hostport';

/** Where the manager, its ledger and its lease live unless told otherwise. */
export const DEFAULT_NAMESPACE = 'hostport-system';

/** Which program the Events of ours come from. */
export const EVENT_COMPONENT = 'hostport';

/** The service account of the managers, and the name that its roles and their Lease bear. */
export const MANAGER_NAME = 'hostport-manager';

/** The right to write the status of nodes, and who has it: the managers, as long as a pool advertises its room. */
export const ROOM_ROLE_NAME = 'hostport-room';

/** The service account of the node agents, and the name of whatever else they need. */
export const AGENT_NAME = 'hostport-node-agent';

/** The Secret with the CA of the webhooks' certificates. */
export const CA_SECRET_NAME = 'hostport-webhook-ca';

/** The Secret with the unguessable part of the webhooks' path. */
export const PATH_SECRET_NAME = 'hostport-webhook-path';

/** What keeps an object until we are done with it. */
export const finalizers = {
  /** On an allocation: its numbers are still in the ledger. */
  release: 'hostport.io/release',
  /** On a pool or an allocation: somebody still uses it. */
  inUse: 'hostport.io/in-use',
} as const;

/** Annotations on our own kinds, and on what the installation makes. */
export const annotations = {
  /** On a pool: `"true"` makes it the pool of whoever names none. */
  isDefaultPool: 'hostport.io/is-default-pool',
  /** On the definition of PortPool: names of the shipped pools that were created once. */
  shippedPools: 'hostport.io/shipped-pools',
  /** On the definition of PortPool: the one namespace of the cluster that has a ledger. */
  ledgerNamespace: 'hostport.io/ledger-namespace',
  /** On a namespace: `"true"` where the installation made it, and may delete it. */
  madeByInstall: 'hostport.io/made-by-install',
} as const;

/** Annotations on pods: what users ask for, and what they are told. */
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
  /** The name of the PortAllocation whose numbers the pod takes. */
  allocation: 'hostport.io/allocation',
  /** `"true"`: the ordinal keeps its numbers. */
  sticky: 'hostport.io/sticky',
  /** JSON: see `portAllocatorConfig`. */
  portAllocator: 'hostport.io/port-allocator',
  /** The same in the words of RoleBasedGroup. */
  rbgPortAllocator: 'rolebasedgroup.workloads.x-k8s.io/port-allocator',
  /** Output: the token of the reservation that the numbers came from. */
  reservation: 'hostport.io/reservation',
  /** Output, JSON: how the pod came, so that a second look or a restored pod starts anew. */
  requested: 'hostport.io/requested',
  /** Output: the pool of scope Node that the numbers come from; with the Binding, unless the pod was made for its node. */
  nodePool: 'hostport.io/node-pool',
  /** Output: the number of a port, whose name follows. */
  allocatedPrefix: 'hostport.io/allocated-',
} as const;

/** Annotations on pods that Hostport alone writes, beside those that begin with {@link podAnnotations.allocatedPrefix}. */
export const podResults: readonly string[] = [
  podAnnotations.reservation,
  podAnnotations.requested,
  podAnnotations.nodePool,
];

/** What comes before the name of a pool in the name of its extended resource. */
export const ROOM_PREFIX = `ports.${GROUP}/`;

/**
 * The extended resource of which a node has as many as a pool of scope `Node` has room there, and of which pods request as
 * many as they need numbers. The name of any pool fits: its part after the slash has at most 63 characters, too.
 */
export function roomResource(pool: string): string {
  return `${ROOM_PREFIX}${pool}`;
}
/** On a namespace: pods there may take pools of scope Node, because the managers are asked about each binding. */
export const nodePortsLabel = { key: 'hostport.io/node-ports', value: 'enabled' } as const;

/** Annotations on Services: whether the numbers of their pods are published. */
export const serviceAnnotations = {
  /** `"true"`: EndpointSlices say where its pods are, with their numbers. */
  publish: 'hostport.io/publish',
  /** A label selector: the pods of a Service that has no selector of its own. */
  selector: 'hostport.io/selector',
} as const;

/** What EndpointSlices of ours say of who manages them. */
export const SLICE_MANAGER = GROUP;

/** Labels of records: what Hostport keeps for pods and their controllers. */
export const labels = {
  /** `"true"` on each of them. */
  record: 'hostport.io/record',
  /** Of an ordinal that keeps its numbers: which one. */
  ordinal: 'hostport.io/ordinal',
  /** What Velero looks at (velero.io, "Resource filtering"). */
  excludeFromBackup: 'velero.io/exclude-from-backup',
} as const;

/** Labels of role instances and of their pods. */
export const roleLabels = {
  /** On instances and pods: what references call their set. */
  role: 'hostport.io/role',
  /** On instances and pods: the name of their set. */
  roleInstanceSet: 'hostport.io/role-instance-set',
  /** On pods: the name of their instance; on instances their own. */
  roleInstance: 'hostport.io/role-instance',
  /** On instances and pods of a set with ordinals: the instance's. */
  instanceIndex: 'hostport.io/instance-index',
  /** On pods: the name of their component. */
  component: 'hostport.io/component',
  /** On pods: which one of their component. */
  componentIndex: 'hostport.io/component-index',
  /** On pods: the headless Service by which they are found; on a Service that was made for them its own name. */
  service: 'hostport.io/service',
  /** On instances and pods: the revision of the template that they were made of; Kubernetes' own name for it. */
  revision: 'controller-revision-hash',
  /** On pods: how often all pods of the instance had been replaced when they were made. */
  restarts: 'hostport.io/restarts',
} as const;

/** Environment variables in the pods of role instances. */
export const roleEnv = {
  role: 'HOSTPORT_ROLE',
  instance: 'HOSTPORT_INSTANCE',
  /** Only where the instance has an ordinal. */
  instanceIndex: 'HOSTPORT_INSTANCE_INDEX',
  component: 'HOSTPORT_COMPONENT',
  componentIndex: 'HOSTPORT_COMPONENT_INDEX',
} as const;

/** Types of the conditions in the status of our kinds. */
export const conditionTypes = {
  /** Pool: hands out numbers. Set, instance: all that is wanted is there and ready. */
  ready: 'Ready',
  /** Pool: numbers were left out, because the kernel uses them for outgoing connections. */
  ephemeralOverlap: 'EphemeralOverlap',
  /** Pool: the kernels of a few nodes use numbers for outgoing connections that it hands out. */
  nodesOverlap: 'NodesOverlap',
  /** Pool: a node reports more processes on its numbers than count. */
  listenersIgnored: 'ListenersIgnored',
  /** Pool: numbers were left out, because the API server gives them to Services. */
  nodePortOverlap: 'NodePortOverlap',
  /** Pool: numbers are held that its ranges no longer contain. */
  outsidePool: 'OutsidePool',
  /** Pool: shares numbers with a pool of the other scope. */
  scopeOverlap: 'ScopeOverlap',
  /** Pool: another one says that it is the default, too. */
  defaultConflict: 'DefaultConflict',
  /** Pool: all nodes show how much room it has there. */
  advertised: 'Advertised',
  /** Pool: nodes don't show how much room it has there. */
  roomNotAdvertised: 'RoomNotAdvertised',
  /** Pool: can't be deleted yet. */
  inUse: 'InUse',
  /** Allocation, set, instance: has every number that it asks for. */
  allocated: 'Allocated',
  /** Allocation: somebody else has a number of it. */
  disputed: 'Disputed',
  /** Set, instance: on the way to what is wanted. */
  progressing: 'Progressing',
  /** Set, instance: pods are replaced, because one of them was restarted. */
  restarting: 'Restarting',
} as const;

/** Reasons of Events beside those of the refusals. */
export const eventReasons = {
  allocated: 'Allocated',
  released: 'Released',
  adopted: 'Adopted',
  disputed: 'Disputed',
  stillHeld: 'StillHeld',
  boundWithoutPorts: 'BoundWithoutPorts',
  strangerOnPort: 'StrangerOnPort',
  /** On a pool. */
  roomNotAdvertised: 'RoomNotAdvertised',
  /** On a Service: a pod of it isn't found through it. */
  notPublished: 'NotPublished',
  /** On a Service: a pod of it says a number that the ledger doesn't have for it. */
  notHeld: 'NotHeld',
  /** On a Service: Kubernetes says something else of a pod of it. */
  publishedTwice: 'PublishedTwice',
  /** On a ConfigMap of the ledger. */
  ledgerDamaged: 'LedgerDamaged',
} as const;

/** The MutatingWebhookConfiguration and the ValidatingWebhookConfiguration that send requests to the managers. */
export const WEBHOOK_CONFIGURATION_NAME = 'hostport';

/** What the API server calls each webhook of ours in its messages. */
export const webhookNames = {
  pods: 'pods.hostport.io',
  bindings: 'bindings.hostport.io',
  roleInstanceSets: 'roleinstancesets.hostport.io',
} as const;

/** Where the managers answer each webhook: an unguessable part, which they keep, comes after it. */
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

/** Namespaces whose pods get no ports, beside the managers' own: the cluster must come up without us. */
export const EXEMPT_NAMESPACES = ['kube-system', 'kube-node-lease'] as const;
