import type { PortAllocation } from '../../api/index.ts';
import { recordName, sayTheSame } from '../../allocation/index.ts';
import type { RecordSubject, recordFor } from '../../allocation/index.ts';

/**
 * What the ledger says of a record: it is `true`; it is `outdated`, because its holder has something else by now, or because an
 * earlier version wrote it; or it is `baseless`, because its holder has nothing, or a record under another name.
 */
export type Verdict = 'true' | 'outdated' | 'baseless';

/** Judges `record`, which says that it is of `subject`, by what that one's record has to say: nothing if it holds nothing. */
export function judge(
  record: PortAllocation,
  subject: RecordSubject,
  draft: ReturnType<typeof recordFor> | undefined,
): Verdict {
  if (draft === undefined || record.metadata.name !== recordName(subject.holder)) return 'baseless';
  return sayTheSame(record, draft) ? 'true' : 'outdated';
}

/** Whether `record` goes by itself when the object is gone that it is of. */
export function isCollected({ metadata, spec }: PortAllocation): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === spec.recordOf?.uid) === true;
}
