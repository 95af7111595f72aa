import type { KubeObject, OwnerReference } from '../kube/index.ts';

type Owner = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  readonly metadata: Pick<KubeObject['metadata'], 'name' | 'uid'>;
};

/**
 * `owner` as it stands in what it controls. It doesn't block: whoever has to wait for somebody's end has a finalizer of
 * its own, and a foreground deletion must not wait for what waits for it.
 */
export function ownerReferenceTo({ apiVersion, kind, metadata: { name, uid } }: Owner): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: false };
}
