import { ordinalIn } from '../../allocation/index.ts';
import { holderKind } from '../../core/index.ts';
import type { Holder } from '../../core/index.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import { occupancyOf, partiesOf } from '../../workload/index.ts';

/** The pods that may use the numbers of `holder` now: itself, that of the ordinal, or those that share ports. */
export function usersOf(pods: ResourceCache<Pod>, holder: Holder): readonly Pod[] {
  const { namespace, uid } = holder;
  const ordinal = ordinalIn(holder);
  const named = (name: string): readonly Pod[] => {
    const pod = pods.get(namespace, name);
    return pod === undefined || occupancyOf(pod) === 'ended' ? [] : [pod];
  };
  // Whatever pod has the name of an ordinal's may use its numbers.
  if (ordinal !== undefined) return named(`${ordinal.set}-${ordinal.ordinal}`);
  if (holderKind(holder) === 'Pod') return named(holder.name).filter(({ metadata }) => metadata.uid === uid);
  return pods.list().filter((pod) => {
    const isHere = pod.metadata.namespace === namespace && occupancyOf(pod) !== 'ended';
    return isHere && (partiesOf(pod)?.shared.length ?? 0) > 0;
  });
}
