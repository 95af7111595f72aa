import { roleLabels } from '../api/index.ts';
import type { RoleKind, RoleName } from '../allocation/index.ts';
import type { PortAllocation, RoleInstance, RoleInstanceSet } from '../api/index.ts';
import type { ControllerRevision, KubeObject, Pod, ResourceCache, Service } from '../kube/index.ts';
import { controllerOf } from '../workload/index.ts';

/** The caches of sets, of instances and of the objects that belong to them. */
export interface RoleCaches {
  readonly sets: ResourceCache<RoleInstanceSet>;
  readonly instances: ResourceCache<RoleInstance>;
  readonly revisions: ResourceCache<ControllerRevision>;
  readonly pods: ResourceCache<Pod>;
  readonly services: ResourceCache<Service>;
  readonly allocations: ResourceCache<PortAllocation>;
}

/** The label that names the set or the instance that a pod belongs to. */
export const roleLabel: Readonly<Record<RoleKind, string>> = {
  RoleInstance: roleLabels.roleInstance,
  RoleInstanceSet: roleLabels.roleInstanceSet,
};

const BY_SET = 'role-instance-set';
const BY_INSTANCE = 'role-instance';
const BY_CONTROLLER = 'controller';
const BY_ROLE = 'role';

/** Adds the indexes that {@link RoleIndex} reads to `caches`. Called once, before the caches are started. */
export function indexRoles({ sets, instances, revisions, pods }: RoleCaches): void {
  sets.index(BY_ROLE, ({ metadata, spec }) => [`${metadata.namespace}/${spec.role ?? metadata.name}`]);
  instances.index(BY_SET, (object) => keysOf(object, roleLabels.roleInstanceSet));
  instances.index(BY_CONTROLLER, controller);
  revisions.index(BY_SET, (object) => keysOf(object, roleLabels.roleInstanceSet));
  pods.index(BY_SET, (object) => keysOf(object, roleLabels.roleInstanceSet));
  pods.index(BY_INSTANCE, (object) => keysOf(object, roleLabels.roleInstance));
}

/** Finds sets, instances, revisions and pods by what they belong to. All answers come from the caches and may be behind. */
export class RoleIndex {
  readonly caches: RoleCaches;

  constructor(caches: RoleCaches) {
    this.caches = caches;
  }

  /** The sets of a namespace whose role, by which references name them, is `role`: `spec.role`, or else the set's name. */
  setsOfRole(namespace: string, role: string): readonly RoleInstanceSet[] {
    return this.caches.sets.byIndex(BY_ROLE, `${namespace}/${role}`);
  }

  /** The instances whose label names the set `set`, whichever object controls them. */
  instancesLabelled(namespace: string, set: string): readonly RoleInstance[] {
    return this.caches.instances.byIndex(BY_SET, `${namespace}/${set}`);
  }

  /** The instances that the object with `uid` controls, whatever their labels say. */
  instancesControlledBy(uid: string): readonly RoleInstance[] {
    return this.caches.instances.byIndex(BY_CONTROLLER, uid);
  }

  /** The ControllerRevisions whose label names the set `set`, whichever object controls them. */
  revisionsLabelled(namespace: string, set: string): readonly ControllerRevision[] {
    return this.caches.revisions.byIndex(BY_SET, `${namespace}/${set}`);
  }

  /** The pods whose label names `role`. */
  podsOf({ kind, namespace, name }: RoleName): readonly Pod[] {
    return this.caches.pods.byIndex(kind === 'RoleInstance' ? BY_INSTANCE : BY_SET, `${namespace}/${name}`);
  }
}

/** The name of a set or an instance as a role. */
export function roleNameOf({ kind, metadata: { namespace, name } }: RoleInstance | RoleInstanceSet): RoleName {
  return { kind, namespace, name };
}

/** The key of the set or the instance that the label `label` of `object` names; undefined without the label. */
export function labelledKey({ metadata }: KubeObject, label: string): string | undefined {
  const name = metadata.labels?.[label];
  return name === undefined ? undefined : `${metadata.namespace ?? ''}/${name}`;
}

function keysOf(object: KubeObject, label: string): readonly string[] {
  const key = labelledKey(object, label);
  return key === undefined ? [] : [key];
}

function controller(object: KubeObject): readonly string[] {
  const owner = controllerOf(object);
  return owner === undefined ? [] : [owner.uid];
}
