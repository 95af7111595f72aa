import type { EventRecorder, KubeObject } from '../kube/index.ts';

/** A reason and a sentence. */
export interface Said {
  readonly reason: string;
  readonly message: string;
}

/** What is worth an Event. */
export interface Tale extends Said {
  readonly type: 'Normal' | 'Warning';
}

/** Tells `tale` of `object`. */
export function tell(events: EventRecorder, { apiVersion, kind, metadata }: KubeObject, tale: Tale): void {
  const { namespace, name, uid } = metadata;
  const regarding = { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) };
  events.record({ regarding, ...tale, component: 'hostport' });
}
