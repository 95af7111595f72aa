/** What an answer of the API server, or a missing answer, means to the caller. */
export type ApiErrorKind =
  | 'notFound'
  /** 409: the write was based on a version that is no longer the newest. */
  | 'conflict'
  | 'alreadyExists'
  /** 410: the resource version or the continue token is too old. */
  | 'gone'
  | 'forbidden'
  | 'unauthorized'
  | 'invalid'
  | 'throttled'
  /** There was no answer, or one that means "not now": a network failure, 5xx, a time-out. A write may have been done. */
  | 'unavailable'
  /** 403 because the namespace is being deleted. */
  | 'namespaceTerminating'
  /** Any other refusal. */
  | 'refused';

/** `metav1.Status`. Every field may be missing. */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: StatusDetails;
}

/** `metav1.StatusDetails`. */
interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
}

/** What is known about a failed request. */
interface ApiFailure {
  readonly kind: ApiErrorKind;
  /** HTTP status; 0 when there was no answer. */
  readonly code: number;
  /** The API server's reason for programs, or empty. */
  readonly reason: string;
  /** The API server's message. */
  readonly message: string;
  /** Verb and path, for a log line. */
  readonly request: string;
  readonly details?: StatusDetails | undefined;
  /** How long the API server asks the client to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The only error that the client throws for an answer of the API server, or for a missing answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ApiErrorKind;
  readonly code: number;
  readonly reason: string;
  readonly request: string;
  readonly details: StatusDetails | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(failure: ApiFailure) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.kind = failure.kind;
    this.code = failure.code;
    this.reason = failure.reason;
    this.request = failure.request;
    this.details = failure.details;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/** Whether `error` is an {@link ApiError}, and of one of `kinds` if any are given. */
export function isApiError(error: unknown, ...kinds: readonly ApiErrorKind[]): error is ApiError {
  return error instanceof ApiError && (kinds.length === 0 || kinds.includes(error.kind));
}

/**
 * Whether `error` says that an object can't be read, and that trying again is useless while permissions and kinds stay
 * the same: 403 and 405. A 404 says that the object doesn't exist. After any other error the next attempt may succeed.
 */
export function isUnreadable(error: unknown): boolean {
  return error instanceof ApiError && (error.kind === 'forbidden' || error.code === 405);
}

const kindOfCode = new Map<number, ApiErrorKind>([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'notFound'],
  [408, 'unavailable'],
  [410, 'gone'],
  [422, 'invalid'],
  [429, 'throttled'],
]);

/** Makes an error from a `Status` that came with HTTP `code`, in an answer or in an ERROR event of a watch. */
export function errorOfStatus(code: number, status: Status, request: string, retryAfterMs?: number): ApiError {
  const wait = retryAfterMs ?? (status.details?.retryAfterSeconds ?? 0) * 1000;
  return new ApiError({
    kind: kindOfStatus(code, status),
    code,
    reason: status.reason ?? '',
    message: status.message ?? `the API server answered ${code}`,
    request,
    details: status.details,
    retryAfterMs: wait > 0 ? wait : undefined,
  });
}

function kindOfStatus(code: number, status: Status): ApiErrorKind {
  if (code === 409) return status.reason === 'AlreadyExists' ? 'alreadyExists' : 'conflict';
  if (code === 403 && status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating')) {
    return 'namespaceTerminating';
  }
  return kindOfCode.get(code) ?? (code >= 500 ? 'unavailable' : 'refused');
}

/** Makes the error for a missing answer: the connection failed, or time ran out. */
export function errorOfNetwork(cause: unknown, request: string): ApiError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ApiError({ kind: 'unavailable', code: 0, reason: '', message: `no answer: ${message}`, request, cause });
}
