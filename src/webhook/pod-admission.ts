import { CLUSTER, domainOf, OVERTAKEN, podHolder } from '../allocation/index.ts';
import type { Ask, DomainKey, KnownPool } from '../allocation/index.ts';
import { err, InvariantError, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Namespace, OwnerChain, Pod, ResourceCache } from '../kube/index.ts';
import {
  assignPorts,
  deferPorts,
  demandedHostPorts,
  forbidsHostPorts,
  nodeNameOf,
  nodePoolFault,
  onlyNodeOf,
  readPod,
  warningsFor,
} from '../workload/index.ts';
import type { AssignedNumbers, NumberBlock, PodRequest } from '../workload/index.ts';
import { allocationRequests, nodeOf, numbersIn } from './allocation-requests.ts';
import { Borrowing } from './borrowing.ts';
import type { BorrowingParts } from './borrowing.ts';
import { deferralRefusal, roomFor } from './deferral.ts';
import { Identities } from './identity.ts';
import type { IdentitiesParts, Identity } from './identity.ts';
import type { PodReview } from './pod-review.ts';

/** What {@link PodAdmission} needs. */
interface PodAdmissionParts extends IdentitiesParts, BorrowingParts {
  readonly owners: OwnerChain;
  readonly namespaces: ResourceCache<Namespace>;
  /** Namespaces whose pods are admitted unchanged. */
  readonly exemptNamespaces: ReadonlySet<string>;
  /** Called with the token of each pod that is admitted with numbers reserved for it, before the review is answered. */
  readonly onLetIn: (token: string) => void;
}

/** A pod that is admitted, with its ports. */
export interface Admitted {
  readonly pod: Pod;
  readonly warnings: readonly string[];
}

/** A pod that asks for ports, with its review. */
interface ReviewedPod extends PodRequest {
  readonly review: PodReview;
  /** The pool of scope Node that it uses. */
  readonly nodePool: KnownPool | undefined;
}

/** A pod that asks for ports, with the name and token that it gets. */
interface Candidate extends ReviewedPod {
  readonly identity: Identity;
}

/** How often a create is retried when other managers serve creates of the same name at the same time. */
const MOST_TRIES = 4;

/** Assigns ports to pods at their creation. What it answers is durable; a refusal leaves nothing behind. */
export class PodAdmission {
  readonly #parts: PodAdmissionParts;
  readonly #identities: Identities;
  readonly #borrowing: Borrowing;

  constructor(parts: PodAdmissionParts) {
    this.#parts = parts;
    this.#identities = new Identities(parts);
    this.#borrowing = new Borrowing(parts);
  }

  /** Decides on one pod, and reserves what it needs, unless the review is a dry run. */
  async admit(review: PodReview, signal: AbortSignal): Promise<Result<Admitted, Refusal>> {
    if (this.#parts.exemptNamespaces.has(review.namespace)) return ok({ pod: review.pod, warnings: [] });
    const reading = readPod(review.pod);
    if (reading.kind === 'refused') return err(reading.refusal);
    if (reading.kind === 'none') return ok({ pod: reading.original, warnings: [] });
    const forbidden = this.#forbidden(review.namespace, reading);
    if (forbidden !== undefined) return err(forbidden);
    const nodePool = this.#nodePoolFor(reading);
    const misfit = nodePool === undefined ? undefined : nodePoolFault(reading, nodePool.name);
    if (misfit !== undefined) return err(refuse.invalid(misfit));
    return this.#serve({ ...reading, review, nodePool }, signal);
  }

  async #serve(reviewed: ReviewedPod, signal: AbortSignal): Promise<Result<Admitted, Refusal>> {
    const { review, original, nodePool } = reviewed;
    const domains = domainsOf(reviewed);
    for (let tries = 1; ; tries++) {
      const identity = await this.#identities.identify(review, domains, signal);
      if (!identity.ok) return identity;
      const candidate = { ...reviewed, identity: identity.value };
      if (nodePool !== undefined && nodeNameOf(original) === undefined) return this.#defer(candidate, nodePool);
      const assigned = await this.#numbersFor(candidate, signal);
      if (assigned.ok) return ok(this.#admitted(candidate, assigned.value));
      if (assigned.error !== OVERTAKEN || tries === MOST_TRIES) return assigned;
    }
  }

  #nodePoolFor({ settings, demand }: PodRequest): KnownPool | undefined {
    if (settings.allocationName !== undefined || demand.ports.length === 0) return undefined;
    const pool = this.#parts.allocator.poolOf(settings);
    return pool?.scope === 'Node' ? pool : undefined;
  }

  #admitted(candidate: Candidate, assigned: AssignedNumbers): Admitted {
    const { review, identity, nodePool } = candidate;
    if (!review.dryRun) {
      this.#identities.note(identity);
      this.#parts.onLetIn(identity.token);
    }
    const source = { reservation: identity.token, ...(nodePool === undefined ? {} : { nodePool: nodePool.name }) };
    return { pod: assignPorts(named(candidate), assigned, source), warnings: warningsFor(candidate) };
  }

  /** Admits a pod whose numbers are assigned when it is bound to a node. */
  #defer(candidate: Candidate, pool: KnownPool): Result<Admitted, Refusal> {
    const { namespace } = candidate.review;
    const labels = this.#parts.namespaces.get(undefined, namespace)?.metadata.labels;
    const refusal = deferralRefusal(candidate, { poolName: pool.name, namespace, labels });
    if (refusal !== undefined) return err(refusal);
    const reservation = candidate.identity.token;
    const deferral = { poolName: pool.name, reservation, ...roomFor(pool, candidate.demand) };
    return ok({ pod: deferPorts(named(candidate), deferral), warnings: warningsFor(candidate) });
  }

  #forbidden(namespace: string, request: PodRequest): Refusal | undefined {
    const label = forbidsHostPorts(this.#parts.namespaces.get(undefined, namespace)?.metadata.labels);
    const [port] = demandedHostPorts(request);
    if (label === undefined || port === undefined) return undefined;
    return refuse.invalid(
      `namespace "${namespace}" has the label ${label}, which forbids host ports, and port "${port.name}" needs one: label it pod-security.kubernetes.io/enforce=privileged, or use another namespace`,
    );
  }

  async #numbersFor(candidate: Candidate, signal: AbortSignal): Promise<Result<AssignedNumbers, Refusal>> {
    const { review, identity, settings, demand } = candidate;
    const { owners, clock, reservationLifeMs } = this.#parts;
    const until = Math.ceil((clock.now() + reservationLifeMs) / 1000);
    if (settings.allocationName !== undefined) {
      const { name, token: uid, insteadOf } = identity;
      const borrower = podHolder({ namespace: review.namespace, name, uid });
      const request = { demand, nodeName: onlyNodeOf(review.pod), dryRun: review.dryRun, borrower, until, insteadOf };
      return this.#borrowing.numbersFor(settings.allocationName, request, signal);
    }
    const pod = { ...candidate, namespace: review.namespace, until, isOnNode: candidate.nodePool !== undefined };
    const requests = await allocationRequests(pod, owners, signal);
    if (!requests.ok) return requests;
    const assigned = new Map<string, NumberBlock>();
    for (const [at, request] of requests.value.entries()) {
      const { allocator } = this.#parts;
      const answer = review.dryRun ? allocator.dryRun(request) : await allocator.reserve(request, signal);
      if (!answer.ok) {
        if (!review.dryRun) await this.#releaseMet(requests.value.slice(0, at), signal);
        return answer;
      }
      for (const [name, numbers] of numbersIn(answer.value)) assigned.set(name, numbers);
    }
    return ok(assigned);
  }

  /**
   * Releases the numbers of the requests `met` for a pod that isn't admitted. The numbers of an ordinal stay its own.
   * Numbers that were taken over from an earlier create of the name stay until their reservation ends, because the pod
   * of that create may be stored yet.
   */
  async #releaseMet(met: readonly Ask[], signal: AbortSignal): Promise<void> {
    for (const { holder, until, insteadOf = [] } of met) {
      if (until === undefined || insteadOf.length > 0) continue;
      try {
        await this.#parts.allocator.release(holder, signal);
      } catch (error) {
        // The reservation ends by itself, and the user should hear why the pod is refused.
        if (error instanceof InvariantError) throw error;
      }
    }
  }
}

/**
 * The domains in which a pod may have something reserved. For a pod that borrows, the domain of its lender isn't known
 * yet.
 */
function domainsOf({ review, original, settings, nodePool }: ReviewedPod): readonly DomainKey[] {
  if (nodePool !== undefined) return [domainOf(nodeOf(original))];
  const node = settings.allocationName === undefined ? undefined : onlyNodeOf(review.pod);
  return node === undefined ? [CLUSTER] : [CLUSTER, node];
}

/** The request, with the name that the pod gets. */
function named({ original, settings, demand, identity: { name } }: Candidate): PodRequest {
  return { original: { ...original, metadata: { ...original.metadata, name } }, settings, demand };
}
