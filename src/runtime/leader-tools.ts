import type { ClusterClient, EventRecorder } from '../kube/index.ts';

/** The client and recorder of a leader, for one term: nothing is sent once the term may be over. */
export interface LeaderTools {
  readonly client: ClusterClient;
  readonly events: EventRecorder;
}
