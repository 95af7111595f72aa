import { ordinalIn } from '../../allocation/index.ts';
import { holderKind, isRole } from '../../core/index.ts';
import type { Holder } from '../../core/index.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import { mayUsePorts } from '../../workload/index.ts';

/** The caches in which pods are looked up. */
export interface SeenPods {
  readonly pods: Pick<ResourceCache<Pod>, 'get'>;
  /** The pods of a namespace that share numbers. */
  readonly sharing: (namespace: string) => readonly Pod[];
}

/** The pods that may use the numbers of `holder` now: the pod itself, that of the ordinal, or those that share ports. */
export function usersOf({ pods, sharing }: SeenPods, holder: Holder): readonly Pod[] {
  const { namespace, uid } = holder;
  // The records of sets and instances follow these objects, not their pods.
  if (isRole(holder)) return [];
  const ordinal = ordinalIn(holder);
  const named = (name: string): readonly Pod[] => {
    const pod = pods.get(namespace, name);
    return pod !== undefined && mayUsePorts(pod) ? [pod] : [];
  };
  // Any pod with the ordinal's name may use its numbers.
  if (ordinal !== undefined) return named(`${ordinal.set}-${ordinal.ordinal}`);
  if (holderKind(holder) === 'Pod') return named(holder.name).filter(({ metadata }) => metadata.uid === uid);
  return sharing(namespace).filter(mayUsePorts);
}
