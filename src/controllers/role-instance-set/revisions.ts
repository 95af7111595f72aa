import type { RoleInstanceSet } from '../../api/index.ts';
import type { ControllerRevision } from '../../kube/index.ts';
import { canonicalJson, shortHash } from '../../roles/index.ts';

/** The template of a set. */
export type SetTemplate = RoleInstanceSet['spec']['template'];

/** The facts about the templates of a set that {@link planRevisions} needs. */
export interface RevisionSituation {
  readonly setName: string;
  readonly template: SetTemplate;
  /** The revisions that the set controls. */
  readonly revisions: readonly ControllerRevision[];
  /** Whether a revision of that name exists, whichever object controls it. */
  readonly isTaken: (name: string) => boolean;
  /** The names of the revisions that an instance has. */
  readonly inUse: ReadonlySet<string>;
  /** The revision that was rolled out before, by the status. */
  readonly currentRevision: string | undefined;
  /** Whether every instance has the newest template already. */
  readonly isRolledOut: (updateRevision: string) => boolean;
}

/** Which revisions are current, and which writes keep them. */
export interface RevisionPlan {
  /** The name of the revision of the newest template. */
  readonly update: string;
  /** The name of the revision that was rolled out last. */
  readonly current: string;
  /** The revision of the newest template, to be created. */
  readonly create: { readonly name: string; readonly revision: number } | undefined;
  /** An older revision that has the newest template again: it gets the highest number. */
  readonly renew: { readonly name: string; readonly revision: number } | undefined;
  /** Revisions beyond the history limit, to be deleted. */
  readonly drop: readonly ControllerRevision[];
}

/** How many revisions that no instance has are kept. */
const HISTORY = 10;

/** Decides the name of the revision of a set's template. The same template always gets the same name. Pure. */
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

/** The template that `revision` contains; undefined without a revision or when somebody removed the template from it. */
export function templateIn(revision: ControllerRevision | undefined): SetTemplate | undefined {
  return revision?.data?.['template'] as SetTemplate | undefined;
}

function nameFor({ setName, template, revisions, isTaken }: RevisionSituation): string {
  const text = canonicalJson(template);
  const [known] = revisions
    .filter((revision) => canonicalJson(templateIn(revision)) === text)
    .toSorted((left, right) => right.revision - left.revision);
  if (known !== undefined) return known.metadata.name;
  // The hashes of two templates may be equal, and an earlier set of this name may have left revisions: then the next name is
  // tried.
  for (let attempt = 0; ; attempt++) {
    const name = `${setName}-${shortHash(attempt === 0 ? text : `${text} ${attempt}`)}`;
    if (!isTaken(name)) return name;
  }
}
