import type { ClusterClient, EventRecorder } from '../kube/index.ts';

/** What a leader writes with, for one term: nothing is sent any more when the term may be over. */
export interface LeaderTools {
  readonly client: ClusterClient;
  readonly events: EventRecorder;
}
