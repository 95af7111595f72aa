import { podAnnotations } from '../../api/index.ts';
import { podHolder } from '../../allocation/index.ts';
import type { Allocator } from '../../allocation/index.ts';
import { parseKey } from '../../kube/index.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import { mayUsePorts } from '../../workload/index.ts';
import type { Situation } from './decide.ts';

/** The facts about the pod `key`, and about its name in the ledger. */
export function gather(
  key: string,
  { pods, allocator }: { readonly pods: ResourceCache<Pod>; readonly allocator: Allocator },
): Omit<Situation, 'deleted'> {
  const { namespace = '', name } = parseKey(key);
  const claims = allocator.claimsByDomain(podHolder({ namespace, name, uid: '' }).key);
  const pod = pods.get(namespace, name);
  if (pod === undefined) return { claims };
  const { metadata, spec } = pod;
  const token = metadata.annotations?.[podAnnotations.reservation];
  const isRunning = mayUsePorts(pod);
  return { pod: { uid: metadata.uid, token, isRunning, nodeName: spec.nodeName }, claims };
}
