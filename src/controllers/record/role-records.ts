import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import { roleSubject } from '../../allocation/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import { keyOf, parseKey } from '../../kube/index.ts';
import type { RoleCaches } from '../../roles/index.ts';
import { KeyBatch } from '../../runtime/index.ts';
import type { MakeController } from '../../runtime/index.ts';
import type { RecordWriter } from './writer.ts';

/** What the records of roles need from the other parts of a manager. */
export interface RoleRecordsParts {
  readonly clock: Clock;
  readonly caches: RoleCaches;
  readonly writer: RecordWriter;
  readonly makeController: MakeController;
}

/** Few: requests for numbers come first. */
const WORKERS = 8;
/** Records wait for the end of a burst. */
const AFTER = { lullMs: 2_000, atMostMs: 30_000 };

/**
 * Keeps the records of what sets and instances hold, behind all other work.
 * @returns a function to be called with a set or an instance whose numbers may have changed
 */
export function startRoleRecords(
  term: Lifetime,
  { clock, caches, writer, makeController }: RoleRecordsParts,
): (object: RoleInstance | RoleInstanceSet) => void {
  const find = (kind: string, key: string): RoleInstance | RoleInstanceSet | undefined => {
    const { namespace = '', name } = parseKey(key);
    const cache = kind === 'RoleInstance' ? caches.instances : caches.sets;
    const found = cache.get(namespace, name);
    return found?.metadata.deletionTimestamp === undefined ? found : undefined;
  };
  const records = makeController('rolerecord', WORKERS, async (task, signal) => {
    const [kind = '', key = ''] = task.split(' ');
    const object = find(kind, key);
    if (object === undefined) return { kind: 'settled' };
    await writer.keep(roleSubject(object), signal);
    await writer.removeBaseless(roleSubject(object), signal);
    return { kind: 'settled' };
  });
  const due = term.own(new KeyBatch(clock, AFTER, (tasks) => tasks.forEach((task) => records.enqueue(task))));
  term.own(
    caches.allocations.subscribe(({ type, object: { spec, metadata } }) => {
      const { recordOf } = spec;
      if (type !== 'deleted' || recordOf === undefined) return;
      const object = find(recordOf.kind, `${metadata.namespace}/${recordOf.name}`);
      if (object?.metadata.uid === recordOf.uid) due.add(`${object.kind} ${keyOf(object)}`);
    }),
  );
  records.start(term);
  return (object) => {
    if (!writer.isTrue(roleSubject(object))) due.add(`${object.kind} ${keyOf(object)}`);
  };
}
