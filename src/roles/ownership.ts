import type { KubeObject, OwnerReference } from '../kube/index.ts';

type Owner = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  readonly metadata: Pick<KubeObject['metadata'], 'name' | 'uid'>;
};

/**
 * The owner reference to `owner` in an object that it controls. It doesn't block the owner's deletion: objects that have to
 * wait have a finalizer of their own, and in a foreground deletion owner and object would otherwise wait for each other.
 */
export function ownerReferenceTo({ apiVersion, kind, metadata: { name, uid } }: Owner): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: false };
}
