/**
 * The API server: typed requests, caches kept by list and watch, Events, Leases, finalizers. Nothing here knows about
 * ports. This is the only folder that imports `@kubernetes/client-node`, `@dot-i/k8s-operator` and `undici`, and none
 * of their types leave it.
 *
 * It refuses to keep state other than caches, to decide what a failure means for an object, and to write anything but
 * Events on its own.
 *
 * 1. All requests share one pool of connections with a limit. Watches have another pool, so that neither blocks the
 *    other.
 * 2. Every failure is an `ApiError` of one kind. A call that the caller cancels throws `CancelledError`.
 * 3. A write is repeated only when the API server says that it didn't process it. Otherwise the caller decides.
 * 4. A conditional write without a resource version is never sent.
 * 5. A cache never goes back to an older version of an object, and reports every object that has disappeared.
 * 6. Nothing here ends the process, and nothing runs on after its disposal.
 */
export { Connection, KubeconfigError } from './connection.ts';
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
export type { ApiErrorKind, Status } from './errors.ts';
export { backoffMs } from './retry.ts';
export type { BackoffShape } from './retry.ts';
export { ResourceCache, whenFilled } from './cache.ts';
export type { CacheListener, ResourceCacheOptions } from './cache.ts';
export { cameOrWent } from './object-store.ts';
export type { CacheChange } from './object-store.ts';
export type { WatchSource } from './watch-loop.ts';
export { referenceTo, startEventRecorder } from './events.ts';
export type { EventRecorder } from './events.ts';
export type { EventNote, EventSubject, Occurrence, Reason } from './event-aggregation.ts';
export { FinalizerOperator } from './operator.ts';
export { dropCondition, findCondition, isConditionTrue, setCondition } from './conditions.ts';
export type { Condition, Finding } from './conditions.ts';
export * from './resource.ts';
export * from './kinds.ts';
export type * from './pod.ts';
export * from './service.ts';
export type * from './built-in.ts';
export type * from './access.ts';
export { Controllers, OwnerChain } from './owners.ts';
export type { ControllerReference } from './owners.ts';
export type * from './admission-registration.ts';
