import { ordinalIn } from '../../allocation/index.ts';
import { holderKind, isRole } from '../../core/index.ts';
import type { Holder } from '../../core/index.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import { mayUsePorts } from '../../workload/index.ts';

/** Where pods are looked for. */
export interface SeenPods {
  readonly pods: Pick<ResourceCache<Pod>, 'get'>;
  /** The pods of a namespace that share numbers. */
  readonly sharing: (namespace: string) => readonly Pod[];
}

/** The pods that may use the numbers of `holder` now: itself, that of the ordinal, or those that share ports. */
export function usersOf({ pods, sharing }: SeenPods, holder: Holder): readonly Pod[] {
  const { namespace, uid } = holder;
  // Sets and instances say themselves what their records have to say.
  if (isRole(holder)) return [];
  const ordinal = ordinalIn(holder);
  const named = (name: string): readonly Pod[] => {
    const pod = pods.get(namespace, name);
    return pod !== undefined && mayUsePorts(pod) ? [pod] : [];
  };
  // Whatever pod has the name of an ordinal's may use its numbers.
  if (ordinal !== undefined) return named(`${ordinal.set}-${ordinal.ordinal}`);
  if (holderKind(holder) === 'Pod') return named(holder.name).filter(({ metadata }) => metadata.uid === uid);
  return sharing(namespace).filter(mayUsePorts);
}
