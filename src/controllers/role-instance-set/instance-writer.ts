import { RoleInstances, RoleInstanceSets, roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import { ControllerRevisions } from '../../kube/index.ts';
import type { ClusterClient, ControllerRevision, Draft, OwnerReference } from '../../kube/index.ts';
import { Writer, ownerReferenceTo } from '../../roles/index.ts';
import type { RoleCaches } from '../../roles/index.ts';
import type { OwnedInstances } from './gather.ts';
import type { RevisionPlan } from './revisions.ts';

/** Requests that run at once: the API server has more to do than this. */
const AT_ONCE = 16;

/** Every write that the controller of sets makes, but for allocations and Services. */
export class InstanceWriter {
  readonly #instances: Writer<RoleInstance>;
  readonly #sets: Writer<RoleInstanceSet>;
  readonly #revisions: Writer<ControllerRevision>;

  constructor(client: ClusterClient, { instances, sets, revisions }: RoleCaches) {
    this.#instances = new Writer({ client, type: RoleInstances, cache: instances, atOnce: AT_ONCE });
    this.#sets = new Writer({ client, type: RoleInstanceSets, cache: sets, atOnce: 1 });
    this.#revisions = new Writer({ client, type: ControllerRevisions, cache: revisions, atOnce: 1 });
  }

  create(drafts: readonly Draft<RoleInstance>[], signal: AbortSignal): Promise<void> {
    return this.#instances.each(drafts, (draft) => this.#instances.createUnlessThere(draft, signal));
  }

  remove(instances: readonly RoleInstance[], signal: AbortSignal): Promise<void> {
    return this.#instances.each(instances, ({ metadata: { namespace, name, uid } }) =>
      this.#instances.remove({ namespace, name, uid }, signal),
    );
  }

  /** Writes instances as a whole, on the version that they were read in. */
  replace(instances: readonly RoleInstance[], signal: AbortSignal): Promise<void> {
    return this.#instances.each(instances, (instance) => this.#instances.replace(instance, signal));
  }

  /** Takes over instances that nobody controls, and lets go of those that are labelled for somebody else. */
  async sort(set: RoleInstanceSet, { orphans, strays }: OwnedInstances, signal: AbortSignal): Promise<void> {
    const owner = ownerReferenceTo(set);
    const without = (instance: RoleInstance): OwnerReference[] =>
      (instance.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.uid);
    const changes = [
      ...orphans.map((instance) => ({ instance, ownerReferences: [...without(instance), owner] })),
      ...strays.map((instance) => ({ instance, ownerReferences: without(instance) })),
    ];
    await this.#instances.each(changes, ({ instance: { metadata }, ownerReferences }) => {
      const { resourceVersion } = metadata;
      return this.#instances.mergeUnchanged(metadata, { resourceVersion, ownerReferences }, signal);
    });
  }

  /** Takes over former templates that nobody controls: those of a set of this name that was let go of them. */
  async adoptRevisions(
    set: RoleInstanceSet,
    revisions: readonly ControllerRevision[],
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace } = set.metadata;
    await this.#revisions.each(revisions, ({ metadata: { name, resourceVersion, ownerReferences = [] } }) => {
      const change = { resourceVersion, ownerReferences: [...ownerReferences, ownerReferenceTo(set)] };
      return this.#revisions.mergeUnchanged({ namespace, name }, change, signal);
    });
  }

  /** Keeps the newest template, and forgets old ones. */
  async keepRevisions(set: RoleInstanceSet, { create, renew, drop }: RevisionPlan, signal: AbortSignal): Promise<void> {
    const { namespace } = set.metadata;
    if (create !== undefined) {
      const labels = { [roleLabels.roleInstanceSet]: set.metadata.name };
      const metadata = { namespace, name: create.name, labels, ownerReferences: [ownerReferenceTo(set)] };
      const data = { template: set.spec.template };
      await this.#revisions.create({ metadata, data, revision: create.revision }, signal);
    }
    if (renew !== undefined) {
      await this.#revisions.merge({ namespace, name: renew.name }, { revision: renew.revision }, signal);
    }
    await this.#revisions.each(drop, ({ metadata: { name, uid } }) =>
      this.#revisions.remove({ namespace, name, uid }, signal),
    );
  }

  /** Writes annotations where they are missing or were changed; null takes one away. */
  annotate(
    { metadata }: RoleInstanceSet,
    annotations: Readonly<Record<string, string | null>>,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#sets.merge(metadata, { metadata: { annotations } }, signal);
  }

  async writeStatus({ metadata }: RoleInstanceSet, status: object, signal: AbortSignal): Promise<void> {
    await this.#sets.writeStatus(metadata, status, signal);
  }
}
