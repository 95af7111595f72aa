import { eventReasons } from '../api/index.ts';
import type { EventRecorder, KubeObject, ResourceCache } from '../kube/index.ts';
import type { DamageObserver, DamageReport } from '../ledger/index.ts';

/** Records an Event on a ConfigMap of the ledger that somebody edited or deleted. */
export function damageEvents(
  events: EventRecorder,
  configMaps: ResourceCache<KubeObject>,
  namespace: string,
): DamageObserver {
  return (report) => {
    const name = report.configMap;
    const uid = configMaps.get(namespace, name)?.metadata.uid;
    const about = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name, ...(uid === undefined ? {} : { uid }) };
    const reason = eventReasons.ledgerDamaged;
    events.record(about, { type: 'Warning', reason, message: describeDamage(report) });
  };
}

/** What happened, and what becomes of the numbers. */
export function describeDamage({ what, restored, unreadable }: DamageReport): string {
  if (what === 'deleted') return 'somebody deleted this part of the ledger; it is written again as it was';
  const sentences: string[] = [];
  if (what === 'changed') {
    const back = restored.length === 0 ? 'nothing was lost' : `these numbers are put back: ${restored.join(', ')}`;
    sentences.push(`somebody changed this part of the ledger; ${back}`);
  }
  if (unreadable.length > 0) {
    const todo = 'they are kept, and their numbers are given to nobody until somebody takes those lines away';
    sentences.push(`entries that nobody can read, under ${unreadable.join(', ')}: ${todo}`);
  }
  return sentences.join('; ');
}
