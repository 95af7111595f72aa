import { RoleInstances, RoleInstanceSets, roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import { ControllerRevisions } from '../../kube/index.ts';
import type { ClusterClient, ControllerRevision, Draft, OwnerReference } from '../../kube/index.ts';
import { Writer, ownerReferenceTo } from '../../roles/index.ts';
import type { RoleCaches } from '../../roles/index.ts';
import type { OwnedInstances } from './gather.ts';
import type { RevisionPlan } from './revisions.ts';

/** How many requests for instances run at once: the API server has other clients, too. */
const AT_ONCE = 16;

/** All writes of the controller of sets, except those of allocations and Services. */
export class InstanceWriter {
  readonly #instances: Writer<RoleInstance>;
  readonly #sets: Writer<RoleInstanceSet>;
  readonly #revisions: Writer<ControllerRevision>;

  constructor(client: ClusterClient, { instances, sets, revisions }: RoleCaches) {
    this.#instances = new Writer({ client, type: RoleInstances, cache: instances, atOnce: AT_ONCE });
    this.#sets = new Writer({ client, type: RoleInstanceSets, cache: sets, atOnce: 1 });
    this.#revisions = new Writer({ client, type: ControllerRevisions, cache: revisions, atOnce: 1 });
  }

  /** Creates instances. One whose name exists already is left out. */
  create(drafts: readonly Draft<RoleInstance>[], signal: AbortSignal): Promise<void> {
    return this.#instances.each(drafts, (draft) => this.#instances.createUnlessThere(draft, signal));
  }

  /** Deletes instances, as far as they still have their UIDs. */
  remove(instances: readonly RoleInstance[], signal: AbortSignal): Promise<void> {
    return this.#instances.each(instances, ({ metadata: { namespace, name, uid } }) =>
      this.#instances.remove({ namespace, name, uid }, signal),
    );
  }

  /** Replaces instances. @throws a conflict when one was changed since it was read */
  replace(instances: readonly RoleInstance[], signal: AbortSignal): Promise<void> {
    return this.#instances.each(instances, (instance) => this.#instances.replace(instance, signal));
  }

  /** Adopts instances without a controller, and releases those whose label no longer names the set. */
  async adoptAndRelease(
    set: RoleInstanceSet,
    { orphans, relabelled }: OwnedInstances,
    signal: AbortSignal,
  ): Promise<void> {
    const owner = ownerReferenceTo(set);
    const without = (instance: RoleInstance): OwnerReference[] =>
      (instance.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.uid);
    const changes = [
      ...orphans.map((instance) => ({ instance, ownerReferences: [...without(instance), owner] })),
      ...relabelled.map((instance) => ({ instance, ownerReferences: without(instance) })),
    ];
    await this.#instances.each(changes, ({ instance: { metadata }, ownerReferences }) => {
      const { resourceVersion } = metadata;
      return this.#instances.mergeUnchanged(metadata, { resourceVersion, ownerReferences }, signal);
    });
  }

  /** Adopts revisions without a controller: a set of this name that was deleted without them left them. */
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

  /** Writes the revision of the newest template, and deletes revisions that are too old. */
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

  /** Merges `annotations` into those of the set; null removes one. */
  annotate(
    { metadata }: RoleInstanceSet,
    annotations: Readonly<Record<string, string | null>>,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#sets.merge(metadata, { metadata: { annotations } }, signal);
  }

  /** Writes the status of a set. */
  async writeStatus({ metadata }: RoleInstanceSet, status: object, signal: AbortSignal): Promise<void> {
    await this.#sets.writeStatus(metadata, status, signal);
  }
}
