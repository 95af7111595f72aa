/** Types of conditions. */
export const conditionTypes = {
  /** Pool: it hands out numbers. Set, instance: everything that is wanted exists and is ready. */
  ready: 'Ready',
  /** Pool: numbers were left out, because the kernel uses them for outgoing connections. */
  ephemeralOverlap: 'EphemeralOverlap',
  /** Pool: it hands out numbers that the kernels of a few nodes use for outgoing connections. */
  nodesOverlap: 'NodesOverlap',
  /** Pool: a node reports more listeners on its numbers than count. */
  listenersIgnored: 'ListenersIgnored',
  /** Pool: numbers were left out, because the API server assigns them to Services. */
  nodePortOverlap: 'NodePortOverlap',
  /** Pool: numbers are held that its ranges no longer contain. */
  outsidePool: 'OutsidePool',
  /** Pool: shares numbers with a pool of the other scope. */
  scopeOverlap: 'ScopeOverlap',
  /** Pool: another one is marked as the default, too. */
  defaultConflict: 'DefaultConflict',
  /** Pool: all nodes advertise its room. */
  advertised: 'Advertised',
  /** Pool: nodes don't advertise its room. */
  roomNotAdvertised: 'RoomNotAdvertised',
  /** Pool: can't be deleted yet. */
  inUse: 'InUse',
  /** Allocation, set, instance: has every number that it asks for. */
  allocated: 'Allocated',
  /** Allocation: another holder has one of its numbers. */
  disputed: 'Disputed',
  /** Set, instance: it isn't yet as wanted. */
  progressing: 'Progressing',
  /** Set, instance: its pods are replaced, because one of them was restarted. */
  restarting: 'Restarting',
} as const;

/** Reasons of Events, besides those of refusals. */
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
  /** On a Service: a pod can't be found through it. */
  notPublished: 'NotPublished',
  /** On a Service: a pod says it has a number that the ledger doesn't have for it. */
  notHeld: 'NotHeld',
  /** On a Service: Kubernetes publishes other endpoints for a pod. */
  publishedTwice: 'PublishedTwice',
  /** On a ConfigMap of the ledger. */
  ledgerDamaged: 'LedgerDamaged',
} as const;
