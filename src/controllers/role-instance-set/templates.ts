import { roleLabels } from '../../api/index.ts';
import type { RoleInstanceSet } from '../../api/index.ts';
import type { RoleIndex } from '../../roles/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { gatherOwned } from './gather.ts';
import type { InstanceWriter } from './instance-writer.ts';
import { planRevisions } from './revisions.ts';
import type { RevisionPlan } from './revisions.ts';

/** Writes the revisions of the templates of `set`, and returns which of them are current. */
export async function keepTemplates(
  index: RoleIndex,
  writer: InstanceWriter,
  set: RoleInstanceSet,
  signal: AbortSignal,
): Promise<RevisionPlan> {
  const { namespace, name, uid } = set.metadata;
  const isFree = (owned: Parameters<typeof controllerOf>[0]): boolean => controllerOf(owned) === undefined;
  await writer.adoptRevisions(set, index.revisionsLabelled(namespace, name).filter(isFree), signal);
  const members = [...gatherOwned(index, set).members.values()];
  const inUse = members.map(({ metadata }) => metadata.labels?.[roleLabels.revision] ?? '');
  const plan = planRevisions({
    setName: name,
    template: set.spec.template,
    revisions: index.revisionsLabelled(namespace, name).filter((revision) => controllerOf(revision)?.uid === uid),
    isTaken: (each) => index.caches.revisions.get(namespace, each) !== undefined,
    inUse: new Set(inUse),
    currentRevision: set.status?.currentRevision,
    isRolledOut: (update) => inUse.every((revision) => revision === update),
  });
  await writer.keepRevisions(set, plan, signal);
  return plan;
}
