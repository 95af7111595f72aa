/**
 * The API server, and nothing about ports. Typed requests, copies kept by list and watch, Events, Leases, finalizers.
 * The only folder that imports `@kubernetes/client-node`, `@dot-i/k8s-operator` and `undici`; none of their types leave it.
 *
 * Refuses: to keep anything beyond a cache, to decide what a failure means for an object, to write on its own account
 * (but for Events).
 *
 * 1. Requests share one capped pool of connections; watches have another, so that neither starves the other.
 * 2. Every failure is an `ApiError` of one kind, or `CancelledError` when the caller gave up.
 * 3. A write is repeated only when the server says that it didn't look at it; otherwise the caller decides.
 * 4. A conditional write without a resource version never leaves the process.
 * 5. A cache never shows an older version of an object than it has shown, and tells of everything that vanished.
 * 6. Nothing here ends the process, and nothing outlives its disposal.
 */
export { Connection, KubeconfigError } from './connection.ts';
export type { ConnectionOptions } from './connection.ts';
export { createClusterClient } from './rest-client.ts';
export { fencedClient } from './fenced-client.ts';
export type { ClusterClientOptions, RequestReport } from './caller.ts';
export type {
  Answer,
  CallOptions,
  ClusterClient,
  JsonPatchStep,
  ListOptions,
  ObjectList,
  Patch,
  RemoveOptions,
  Selection,
  SubresourceRequest,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts';
export { ApiError, isApiError, isUnreadable } from './errors.ts';
export type { ApiErrorKind, ApiFailure, Status, StatusDetails } from './errors.ts';
export { backoffMs } from './retry.ts';
export type { BackoffShape } from './retry.ts';
export { ResourceCache } from './cache.ts';
export type { CacheListener, ResourceCacheOptions } from './cache.ts';
export { cameOrWent } from './object-store.ts';
export type { CacheChange } from './object-store.ts';
export type { WatchSource } from './watch-loop.ts';
export { whenFilled } from './when-filled.ts';
export { referenceTo, startEventRecorder } from './events.ts';
export type { EventRecorder, EventRecorderOptions } from './events.ts';
export type { EventNote, EventSubject, Occurrence, Reason } from './event-aggregation.ts';
export { FinalizerOperator } from './operator.ts';
export type { ReleaseAction } from './operator.ts';
export { dropCondition, findCondition, isConditionTrue, setCondition } from './conditions.ts';
export type { Condition, Finding } from './conditions.ts';
export { Leases, microTime, secondTime } from './lease.ts';
export type { Lease, LeaseSpec } from './lease.ts';
export * from './resource.ts';
export * from './pod.ts';
export * from './built-in.ts';
export * from './endpoint-slice.ts';
export { Controllers, OwnerChain, StatefulSets } from './owners.ts';
export type { ControllerReference, TopController } from './owners.ts';
export * from './admission-registration.ts';
export * from './reviews.ts';
