import { podAnnotations } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { containersOf } from './container-ports.ts';
import { movesOf } from './moves.ts';
import type { PodRequest } from './read-pod.ts';
import { rewritePod } from './rewrite-pod.ts';
import { annotationsFor, literalsFor, networkFor, rewriteFor } from './write-back.ts';
import type { Given } from './write-back.ts';

/** What is written on a pod besides its ports. */
export interface Marks {
  /** The token of the reservation that the numbers came from. */
  readonly reservation?: string;
  /** The pool of scope Node that the numbers come from, if the pod was made for its node. */
  readonly nodePool?: string;
}

/**
 * The pod of `request` with the numbers `given`, by the names of the demanded ports: in its ports, probes, hooks,
 * environment and annotations; `hostport.io/requested` records how the pod was written. An empty demand leaves the spec
 * unchanged.
 * @throws InvariantError if a demanded port has no number
 */
export function givePorts(request: PodRequest, given: Given, marks: Marks = {}): Pod {
  const { original, settings, demand } = request;
  const port = rewriteFor(settings, demand, given);
  return rewritePod(original, demand, {
    variables: literalsFor(demand, given),
    port,
    moves: movesOf(containersOf(original), port),
    network: networkFor(request),
    annotations: {
      ...annotationsFor(demand, given),
      ...(marks.reservation === undefined ? {} : { [podAnnotations.reservation]: marks.reservation }),
      ...(marks.nodePool === undefined ? {} : { [podAnnotations.nodePool]: marks.nodePool }),
    },
  });
}
