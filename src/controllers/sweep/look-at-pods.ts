import { CLUSTER } from '../../allocation/index.ts';
import type { LookAtPods } from '../../allocation/index.ts';
import { Pods } from '../../kube/index.ts';
import type { ClusterClient, Pod } from '../../kube/index.ts';
import { mayUsePorts, usedNumbers } from '../../workload/index.ts';

/**
 * Reads the pods of a namespace from the API server, as they are stored; pods that don't matter are dropped page by
 * page.
 */
export function lookAtPods(client: ClusterClient): LookAtPods {
  return async ({ namespace, domain }, numbers, signal) => {
    const isThere = ({ spec }: Pod): boolean =>
      domain === CLUSTER || spec.nodeName === undefined || spec.nodeName === domain;
    const wanted = (pod: Pod): readonly number[] => [...usedNumbers(pod)].filter((number) => numbers.has(number));
    const mayUse = (pod: Pod): boolean => mayUsePorts(pod) && isThere(pod) && wanted(pod).length > 0;
    const { items } = await client.list(Pods, { namespace, signal, keep: mayUse });
    return new Set(items.flatMap(wanted));
  };
}
