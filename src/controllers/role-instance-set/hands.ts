import { roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import { ControllerRevisions, isApiError } from '../../kube/index.ts';
import type { ClusterClient, ControllerRevision, Draft } from '../../kube/index.ts';
import { RoleInstanceSets, RoleInstances, inParallel, ownerReferenceTo } from '../../roles/index.ts';
import type { RoleCaches } from '../../roles/index.ts';
import type { Crew } from './gather.ts';
import type { RevisionPlan } from './revisions.ts';

/** Requests for instances that run at once: the API server has more to do than this. */
const AT_ONCE = 16;

/** What the writes of a set need. */
export interface HandsParts {
  readonly client: ClusterClient;
  readonly caches: RoleCaches;
}

/** Every write that the controller of sets makes, but for allocations. What was written is read back from the caches at once. */
export class Hands {
  readonly #parts: HandsParts;

  constructor(parts: HandsParts) {
    this.#parts = parts;
  }

  /** Creates instances. One that is there already is no fault: somebody was faster, and the cache will show it. */
  async create(drafts: readonly Draft<RoleInstance>[], signal: AbortSignal): Promise<void> {
    const { client, caches } = this.#parts;
    await inParallel(drafts, AT_ONCE, async (draft) => {
      try {
        caches.instances.apply(await client.create(RoleInstances, draft, { signal }));
      } catch (error) {
        if (!isApiError(error, 'alreadyExists')) throw error;
      }
    });
  }

  async remove(instances: readonly RoleInstance[], signal: AbortSignal): Promise<void> {
    await inParallel(instances, AT_ONCE, async ({ metadata: { namespace, name, uid } }) => {
      try {
        await this.#parts.client.remove(RoleInstances, { namespace, name }, { preconditions: { uid }, signal });
      } catch (error) {
        if (!isApiError(error, 'notFound', 'conflict')) throw error;
      }
    });
  }

  /** Writes instances as a whole, on the version that they were read in. */
  async replace(instances: readonly RoleInstance[], signal: AbortSignal): Promise<void> {
    const { client, caches } = this.#parts;
    await inParallel(instances, AT_ONCE, async (instance) => {
      const draft = instance as unknown as Draft<RoleInstance>;
      caches.instances.apply(await client.replace(RoleInstances, draft, { signal }));
    });
  }

  /** Takes over instances that nobody controls, and lets go of those that are labelled for somebody else. */
  async sort(set: RoleInstanceSet, { orphans, strays }: Crew, signal: AbortSignal): Promise<void> {
    const owner = ownerReferenceTo(set);
    const without = (instance: RoleInstance): object[] =>
      (instance.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.uid);
    const changes = [
      ...orphans.map((instance) => ({ instance, owners: [...without(instance), owner] })),
      ...strays.map((instance) => ({ instance, owners: without(instance) })),
    ];
    await inParallel(changes, AT_ONCE, async ({ instance, owners }) => {
      await this.#patch(instance, { ownerReferences: owners }, signal);
    });
  }

  async #patch({ metadata }: RoleInstance, change: object, signal: AbortSignal): Promise<void> {
    const { namespace, name, resourceVersion } = metadata;
    const body = { metadata: { resourceVersion, ...change } };
    const { client, caches } = this.#parts;
    caches.instances.apply(
      await client.patch(RoleInstances, { namespace, name }, { type: 'merge', conditional: true, body, signal }),
    );
  }

  /** Takes over former templates that nobody controls: those of a set of this name that was let go of them. */
  async adoptRevisions(
    set: RoleInstanceSet,
    revisions: readonly ControllerRevision[],
    signal: AbortSignal,
  ): Promise<void> {
    const { client, caches } = this.#parts;
    const { namespace } = set.metadata;
    for (const { metadata } of revisions) {
      const { name, resourceVersion, ownerReferences = [] } = metadata;
      const body = { metadata: { resourceVersion, ownerReferences: [...ownerReferences, ownerReferenceTo(set)] } };
      const change = { type: 'merge', conditional: true, body, signal } as const;
      caches.revisions.apply(await client.patch(ControllerRevisions, { namespace, name }, change));
    }
  }

  /** Keeps the newest template, and forgets old ones. */
  async keepRevisions(set: RoleInstanceSet, plan: RevisionPlan, signal: AbortSignal): Promise<void> {
    const { client, caches } = this.#parts;
    const { namespace } = set.metadata;
    if (plan.create !== undefined) {
      const { name, revision } = plan.create;
      const draft: Draft<ControllerRevision> = {
        metadata: {
          namespace,
          name,
          labels: { [roleLabels.roleInstanceSet]: set.metadata.name },
          ownerReferences: [ownerReferenceTo(set)],
        },
        data: { template: set.spec.template },
        revision,
      };
      caches.revisions.apply(await client.create(ControllerRevisions, draft, { signal }));
    }
    if (plan.renew !== undefined) {
      const { name, revision } = plan.renew;
      const body = { revision };
      caches.revisions.apply(
        await client.patch(ControllerRevisions, { namespace, name }, { type: 'merge', body, signal }),
      );
    }
    for (const { metadata } of plan.drop) {
      try {
        await client.remove(ControllerRevisions, { namespace, name: metadata.name }, { signal });
      } catch (error) {
        if (!isApiError(error, 'notFound')) throw error;
      }
    }
  }

  /** Writes annotations where they are missing or were changed. */
  async annotate(
    set: RoleInstanceSet,
    annotations: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, caches } = this.#parts;
    const { namespace, name } = set.metadata;
    const body = { metadata: { annotations } };
    caches.sets.apply(await client.patch(RoleInstanceSets, { namespace, name }, { type: 'merge', body, signal }));
  }

  async writeStatus(set: RoleInstanceSet, status: object, signal: AbortSignal): Promise<void> {
    const { client, caches } = this.#parts;
    const { namespace, name, uid } = set.metadata;
    // Only we write it; its spec may have changed since, which the observed generation says.
    const body = { metadata: { uid }, status };
    caches.sets.apply(
      await client.patch(RoleInstanceSets, { namespace, name }, { type: 'merge', body, subresource: 'status', signal }),
    );
  }
}
