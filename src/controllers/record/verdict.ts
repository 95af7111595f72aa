import type { PortAllocation } from '../../api/index.ts';
import { recordName, sayTheSame } from '../../allocation/index.ts';
import type { RecordSubject, recordFor } from '../../allocation/index.ts';

/**
 * How a record compares with the ledger. `true`: they agree. `outdated`: its holder has something else by now, or an
 * earlier version wrote the record. `baseless`: its holder has nothing, or its record has another name.
 */
export type Verdict = 'true' | 'outdated' | 'baseless';

/** Compares `record`, which names `subject`, with the record that `subject` should have; undefined if it holds nothing. */
export function judge(
  record: PortAllocation,
  subject: RecordSubject,
  draft: ReturnType<typeof recordFor> | undefined,
): Verdict {
  if (draft === undefined || record.metadata.name !== recordName(subject.holder)) return 'baseless';
  return sayTheSame(record, draft) ? 'true' : 'outdated';
}

/** Whether `record` is collected with the object that it describes. */
export function isCollected({ metadata, spec }: PortAllocation): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === spec.recordOf?.uid) === true;
}
