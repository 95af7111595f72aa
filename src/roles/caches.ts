import { roleLabels } from '../api/index.ts';
import type { PortAllocation, RoleInstance, RoleInstanceSet } from '../api/index.ts';
import type { ControllerRevision, KubeObject, Pod, ResourceCache, Service } from '../kube/index.ts';
import { controllerOf } from '../workload/index.ts';

/** What is seen of sets, instances and everything of theirs. */
export interface RoleCaches {
  readonly sets: ResourceCache<RoleInstanceSet>;
  readonly instances: ResourceCache<RoleInstance>;
  readonly revisions: ResourceCache<ControllerRevision>;
  readonly pods: ResourceCache<Pod>;
  readonly services: ResourceCache<Service>;
  readonly allocations: ResourceCache<PortAllocation>;
}

const BY_SET = 'role-instance-set';
const BY_INSTANCE = 'role-instance';
const BY_CONTROLLER = 'controller';
const BY_ROLE = 'role';

/** Files what is in `caches` so that the readers of this file find it; once, before the caches are started. */
export function indexRoles({ sets, instances, revisions, pods }: RoleCaches): void {
  sets.index(BY_ROLE, ({ metadata, spec }) => [`${metadata.namespace}/${spec.role ?? metadata.name}`]);
  instances.index(BY_SET, (object) => label(object, roleLabels.roleInstanceSet));
  instances.index(BY_CONTROLLER, controller);
  revisions.index(BY_SET, (object) => label(object, roleLabels.roleInstanceSet));
  pods.index(BY_SET, (object) => label(object, roleLabels.roleInstanceSet));
  pods.index(BY_INSTANCE, (object) => label(object, roleLabels.roleInstance));
}

/** What is asked of the caches. */
export class RoleIndex {
  readonly caches: RoleCaches;

  constructor(caches: RoleCaches) {
    this.caches = caches;
  }

  /** Sets of a namespace that are called so in references. */
  setsOfRole(namespace: string, role: string): readonly RoleInstanceSet[] {
    return this.caches.sets.byIndex(BY_ROLE, `${namespace}/${role}`);
  }

  /** Instances that bear the name of a set, whoever controls them. */
  instancesLabelled(namespace: string, set: string): readonly RoleInstance[] {
    return this.caches.instances.byIndex(BY_SET, `${namespace}/${set}`);
  }

  /** Instances that the object with `uid` controls, whatever their labels say. */
  instancesControlledBy(uid: string): readonly RoleInstance[] {
    return this.caches.instances.byIndex(BY_CONTROLLER, uid);
  }

  revisionsLabelled(namespace: string, set: string): readonly ControllerRevision[] {
    return this.caches.revisions.byIndex(BY_SET, `${namespace}/${set}`);
  }

  podsOfSet(namespace: string, set: string): readonly Pod[] {
    return this.caches.pods.byIndex(BY_SET, `${namespace}/${set}`);
  }

  podsOfInstance(namespace: string, instance: string): readonly Pod[] {
    return this.caches.pods.byIndex(BY_INSTANCE, `${namespace}/${instance}`);
  }
}

function label({ metadata }: KubeObject, key: string): readonly string[] {
  const value = metadata.labels?.[key];
  return value === undefined ? [] : [`${metadata.namespace ?? ''}/${value}`];
}

function controller(object: KubeObject): readonly string[] {
  const owner = controllerOf(object);
  return owner === undefined ? [] : [owner.uid];
}
