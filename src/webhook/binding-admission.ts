import { podAnnotations } from '../api/index.ts';
import { domainOf, podHolder } from '../allocation/index.ts';
import type { Allocator, Ask } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import { Pods } from '../kube/index.ts';
import type { ClusterClient, Pod, ResourceCache } from '../kube/index.ts';
import { boundAnnotations, isDeferredDemand, ordinalOf, readPod } from '../workload/index.ts';
import type { PodRequest } from '../workload/index.ts';
import { choiceOf, numbersIn, portRequestOf } from './allocation-requests.ts';
import type { BindingReview } from './binding-review.ts';

/** What {@link BindingAdmission} needs. */
export interface BindingAdmissionParts {
  readonly client: ClusterClient;
  readonly allocator: Allocator;
  readonly pods: ResourceCache<Pod>;
  readonly clock: Clock;
  /** How long a reservation lives, in milliseconds. */
  readonly reservationLifeMs: number;
}

/**
 * The annotations that a Binding gets; the API server copies them onto its pod. Empty for a pod whose ports weren't
 * deferred.
 */
export type BindingAnnotations = Readonly<Record<string, string>>;

/** A pod whose numbers were deferred to its Binding, and their pool. */
interface DeferredPod {
  readonly pod: Pod;
  readonly poolName: string;
}

/**
 * Assigns numbers to pods that use a pool of scope Node, when they are bound: the Binding names the node. The API
 * server writes the annotations of the Binding onto the pod together with the node's name, so a pod that runs has them.
 */
export class BindingAdmission {
  readonly #parts: BindingAdmissionParts;

  constructor(parts: BindingAdmissionParts) {
    this.#parts = parts;
  }

  /** Decides on one Binding, and reserves what its pod needs on the node, unless the review is a dry run. */
  async admit(review: BindingReview, signal: AbortSignal): Promise<Result<BindingAnnotations, Refusal>> {
    const pod = await this.#podOf(review, signal);
    const poolName = pod?.metadata.annotations?.[podAnnotations.nodePool];
    // A pod that doesn't exist and a target that isn't a node are refused by the API server itself.
    if (pod === undefined || poolName === undefined || review.nodeName === undefined) return ok({});
    const obstacle = bindingFault(pod);
    if (obstacle !== undefined) return err(refuse.invalid(obstacle));
    return this.#assign({ pod, poolName }, review.nodeName, review.dryRun, signal);
  }

  /**
   * The pod that is bound. Its request for ports is on it from its creation on and never changes, so any cached version
   * with the right UID will do. The API server is asked if there is none, or if the review doesn't say which UID is
   * meant; and if the pod already has numbers somewhere, because then it may be bound by now.
   */
  async #podOf({ namespace, podName, podUid }: BindingReview, signal: AbortSignal): Promise<Pod | undefined> {
    const cached = this.#parts.pods.get(namespace, podName);
    if (cached !== undefined && cached.metadata.uid === podUid && !this.#hasNumbers(cached)) return cached;
    const found = await this.#parts.client.find(Pods, { namespace, name: podName }, { signal });
    return podUid === undefined || found?.metadata.uid === podUid ? found : undefined;
  }

  #hasNumbers({ metadata }: Pod): boolean {
    const { namespace = '', name, uid, annotations } = metadata;
    if (annotations?.[podAnnotations.nodePool] === undefined) return false;
    return this.#parts.allocator.claimsByDomain(podHolder({ namespace, name, uid }).key).size > 0;
  }

  async #assign(
    { pod, poolName }: DeferredPod,
    nodeName: string,
    dryRun: boolean,
    signal: AbortSignal,
  ): Promise<Result<BindingAnnotations, Refusal>> {
    const { allocator } = this.#parts;
    const reading = readPod(pod);
    if (reading.kind === 'refused') return err(reading.refusal);
    if (reading.kind === 'none' || !isDeferredDemand(pod, reading.demand)) return err(unreadable(pod));
    const request = this.#requestFor(reading, poolName, nodeName);
    const answer = dryRun ? allocator.dryRun(request) : await allocator.reserve(request, signal);
    return answer.ok ? ok(boundAnnotations(reading.demand, numbersIn(answer.value))) : answer;
  }

  #requestFor({ original, settings, demand }: PodRequest, poolName: string, nodeName: string): Ask {
    const { namespace = '', name, uid } = original.metadata;
    const ordinal = ordinalOf(original);
    return {
      ...choiceOf(settings),
      poolName,
      nodeName: domainOf({ nodeName }),
      holder: podHolder({ namespace, name, uid }),
      ports: demand.ports.map(portRequestOf),
      // The Binding may still fail after this webhook, so the numbers are reserved until the pod is seen on the node.
      until: Math.ceil((this.#parts.clock.now() + this.#parts.reservationLifeMs) / 1000),
      ...(ordinal === undefined ? {} : { ordinal }),
    };
  }
}

function bindingFault({ metadata, spec }: Pod): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return `pod "${metadata.name}" is being deleted: leave it unbound`;
  return spec.nodeName === undefined || spec.nodeName === ''
    ? undefined
    : `pod "${metadata.name}" is bound to node "${spec.nodeName}" already: leave it there`;
}

function unreadable({ metadata }: Pod): Refusal {
  return refuse.invalid(
    `pod "${metadata.name}" was promised ports, and its annotations no longer say which: delete it, so that it is made again`,
  );
}
