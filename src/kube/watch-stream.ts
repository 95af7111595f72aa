import { apiVersionOf } from './resource.ts';
import type { KubeObject, ResourceType } from './resource.ts';
import { errorOfStatus } from './errors.ts';
import type { Status } from './errors.ts';
import type { WatchEvent } from './client.ts';
import { parseAnswer } from './transport.ts';

/** Splits a byte stream into lines. A line may span any number of pieces, and a character's bytes may be in two of them. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let unfinished: string[] = [];
  for await (const piece of pieces) {
    const [first = '', ...rest] = decoder.decode(piece, { stream: true }).split('\n');
    unfinished.push(first);
    const last = rest.pop();
    if (last === undefined) continue;
    yield unfinished.join('');
    yield* rest;
    unfinished = [last];
  }
  const end = unfinished.join('');
  // A connection that ends in the middle of a line leaves half an event. The event is sent again by the next watch.
  if (end.trim() !== '' && endsWhole(end)) yield end;
}

function endsWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** The annotation of the bookmark after the last object of a streamed list (`metav1.InitialEventsAnnotationKey`). */
const LIST_ENDS = 'k8s.io/initial-events-end';

interface Frame {
  readonly type: string;
  readonly object: unknown;
}

/**
 * Parses one line of a watch. Throws an ERROR event as `ApiError`. Returns undefined for unknown types, so that a newer
 * API server doesn't end the watch.
 */
export function readFrame<T extends KubeObject>(
  line: string,
  type: ResourceType<T>,
  request: string,
): WatchEvent<T> | undefined {
  const frame = parseAnswer(line, request) as Frame;
  switch (frame.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: frame.type, object: filledIn(frame.object as T, type) };
    case 'BOOKMARK': {
      const { resourceVersion, annotations } = (frame.object as KubeObject).metadata;
      return { type: 'BOOKMARK', resourceVersion, endsList: annotations?.[LIST_ENDS] === 'true' };
    }
    case 'ERROR': {
      const status = frame.object as Status;
      throw errorOfStatus(status.code ?? 500, status, request);
    }
    default:
      return undefined;
  }
}

/** `object` with `apiVersion` and `kind`, which are missing from the items of a list of a built-in kind. */
export function filledIn<T extends KubeObject>(object: T, type: ResourceType<T>): T {
  if (object.apiVersion && object.kind) return object;
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
}
