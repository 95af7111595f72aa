import type { ClusterClient, EventRecorder } from '../kube/index.ts';

/** What a leader writes with, during one term. Nothing is sent once the term may be over. */
export interface LeaderTools {
  readonly client: ClusterClient;
  readonly events: EventRecorder;
}
