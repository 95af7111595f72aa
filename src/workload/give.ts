import { podAnnotations } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { containersOf } from './container-ports.ts';
import { movesOf } from './moves.ts';
import type { PodRequest } from './read-pod.ts';
import { rewritePod } from './rewrite-pod.ts';
import { annotationsFor, literalsFor, networkFor, rewriteFor } from './write-back.ts';
import type { Given } from './write-back.ts';

/** What is written on a pod beside its ports. */
export interface Marks {
  /** The token of the reservation that the numbers came from. */
  readonly reservation?: string;
  /** The pool of scope Node that they are of, of a pod that was made for its node. */
  readonly nodePool?: string;
}

/**
 * The pod of `request` with the numbers `given`, by the names of the demanded ports: in its ports, probes and hooks, environment and
 * annotations, and how it came in `hostport.io/requested`. A demand of nothing leaves the spec as it is.
 * @throws InvariantError where a demanded port isn't given
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
