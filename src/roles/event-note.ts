import type { EventRecorder, KubeObject } from '../kube/index.ts';

/** A reason and a sentence. */
export interface Reason {
  readonly reason: string;
  readonly message: string;
}

/** What is worth an Event. */
export interface EventNote extends Reason {
  readonly type: 'Normal' | 'Warning';
}

/** Tells `note` of `object`. */
export function recordEvent(events: EventRecorder, { apiVersion, kind, metadata }: KubeObject, note: EventNote): void {
  const { namespace, name, uid } = metadata;
  const regarding = { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) };
  events.record({ regarding, ...note, component: 'hostport' });
}
