import type { RoleInstanceSet } from '../../api/index.ts';
import type { ControllerRevision } from '../../kube/index.ts';
import { canonicalJson, shortHash } from '../../roles/index.ts';

/** The template of a set. */
export type SetTemplate = RoleInstanceSet['spec']['template'];

/** What was gathered about the templates of a set. */
export interface RevisionSituation {
  readonly setName: string;
  readonly template: SetTemplate;
  /** Those that the set controls. */
  readonly revisions: readonly ControllerRevision[];
  /** Whether there is one of that name, whoever controls it. */
  readonly isTaken: (name: string) => boolean;
  /** Names of those that an instance has. */
  readonly inUse: ReadonlySet<string>;
  /** What the status says was rolled out before. */
  readonly currentRevision: string | undefined;
  /** Whether every instance has the newest template already. */
  readonly isRolledOut: (updateRevision: string) => boolean;
}

/** Which templates count, and what is to be written so that they are kept. */
export interface RevisionPlan {
  readonly update: string;
  readonly current: string;
  /** The newest template, to be written. */
  readonly create: { readonly name: string; readonly revision: number } | undefined;
  /** The newest template was there before: it becomes the newest again. */
  readonly renew: { readonly name: string; readonly revision: number } | undefined;
  /** So old that nobody goes back to them. */
  readonly drop: readonly ControllerRevision[];
}

/** How many templates are kept that no instance has. */
const HISTORY = 10;

/** Decides under which name the template of a set is known. The same template has the same name, now and later. */
export function planRevisions(situation: RevisionSituation): RevisionPlan {
  const { revisions, inUse, currentRevision, isRolledOut } = situation;
  const byName = new Map(revisions.map((revision) => [revision.metadata.name, revision]));
  const update = nameFor(situation);
  const found = byName.get(update);
  const newest = Math.max(0, ...revisions.map(({ revision }) => revision));
  const isKnown = currentRevision !== undefined && byName.has(currentRevision);
  const current = !isKnown || isRolledOut(update) ? update : currentRevision;
  const unused = revisions.filter(({ metadata: { name } }) => name !== update && name !== current && !inUse.has(name));
  const youngestFirst = unused.toSorted((left, right) => right.revision - left.revision);
  return {
    update,
    current,
    create: found === undefined ? { name: update, revision: newest + 1 } : undefined,
    renew: found !== undefined && found.revision < newest ? { name: update, revision: newest + 1 } : undefined,
    drop: youngestFirst.slice(HISTORY),
  };
}

/** The template that `revision` keeps; undefined when it was spoilt. */
export function templateIn(revision: ControllerRevision | undefined): SetTemplate | undefined {
  return revision?.data?.['template'] as SetTemplate | undefined;
}

function nameFor({ setName, template, revisions, isTaken }: RevisionSituation): string {
  const text = canonicalJson(template);
  const [known] = revisions
    .filter((revision) => canonicalJson(templateIn(revision)) === text)
    .toSorted((left, right) => right.revision - left.revision);
  if (known !== undefined) return known.metadata.name;
  // Ten digits of two templates may be equal, and a set of that name that is gone may have left its own: then there is
  // another name.
  for (let attempt = 0; ; attempt++) {
    const name = `${setName}-${shortHash(attempt === 0 ? text : `${text} ${attempt}`)}`;
    if (!isTaken(name)) return name;
  }
}
