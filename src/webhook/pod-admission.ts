import { CLUSTER, domainOf, OVERTAKEN, podHolder } from '../allocation/index.ts';
import type { Ask, DomainKey, KnownPool } from '../allocation/index.ts';
import { err, InvariantError, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Namespace, OwnerChain, Pod, ResourceCache } from '../kube/index.ts';
import {
  deferPorts,
  demandedHostPorts,
  forbidsHostPorts,
  givePorts,
  nodeNameOf,
  nodePoolFault,
  onlyNodeOf,
  readPod,
  warningsFor,
} from '../workload/index.ts';
import type { Given, GivenNumbers, PodRequest } from '../workload/index.ts';
import { Borrowing } from './borrowing.ts';
import type { BorrowingParts } from './borrowing.ts';
import { Identities } from './identity.ts';
import type { IdentitiesParts, Identity } from './identity.ts';
import { deferralRefusal, roomFor } from './deferral.ts';
import { asksOf, givenBy, placeOf } from './pod-ask.ts';
import type { PodReview } from './review.ts';

/** What {@link PodAdmission} needs. */
export interface PodAdmissionParts extends IdentitiesParts, BorrowingParts {
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
interface Asking extends PodRequest {
  readonly review: PodReview;
  /** The pool of scope Node that it uses. */
  readonly nodePool: KnownPool | undefined;
}

/** A pod that asks for ports, with the name and token that it gets. */
interface Candidate extends Asking {
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

  async #serve(asking: Asking, signal: AbortSignal): Promise<Result<Admitted, Refusal>> {
    const { review, original, nodePool } = asking;
    const domains = domainsOf(asking);
    for (let tries = 1; ; tries++) {
      const identity = await this.#identities.identify(review, domains, signal);
      if (!identity.ok) return identity;
      const candidate = { ...asking, identity: identity.value };
      if (nodePool !== undefined && nodeNameOf(original) === undefined) return this.#defer(candidate, nodePool);
      const given = await this.#numbersFor(candidate, signal);
      if (given.ok) return ok(this.#admitted(candidate, given.value));
      if (given.error !== OVERTAKEN || tries === MOST_TRIES) return given;
    }
  }

  #nodePoolFor({ settings, demand }: PodRequest): KnownPool | undefined {
    if (settings.allocationName !== undefined || demand.ports.length === 0) return undefined;
    const pool = this.#parts.allocator.poolOf(settings);
    return pool?.scope === 'Node' ? pool : undefined;
  }

  #admitted(candidate: Candidate, given: Given): Admitted {
    const { review, identity, nodePool } = candidate;
    if (!review.dryRun) {
      this.#identities.note(identity);
      this.#parts.onLetIn(identity.token);
    }
    const marks = { reservation: identity.token, ...(nodePool === undefined ? {} : { nodePool: nodePool.name }) };
    return { pod: givePorts(named(candidate), given, marks), warnings: warningsFor(candidate) };
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

  async #numbersFor(candidate: Candidate, signal: AbortSignal): Promise<Result<Given, Refusal>> {
    const { review, identity, settings, demand } = candidate;
    const { owners, clock, reservationLifeMs } = this.#parts;
    const until = Math.ceil((clock.now() + reservationLifeMs) / 1000);
    if (settings.allocationName !== undefined) {
      const { name, token: uid, insteadOf } = identity;
      const borrower = podHolder({ namespace: review.namespace, name, uid });
      const placed = { demand, nodeName: onlyNodeOf(review.pod), dryRun: review.dryRun };
      return this.#borrowing.numbersFor(settings.allocationName, { ...placed, borrower, until, insteadOf }, signal);
    }
    const asking = { ...candidate, namespace: review.namespace, until, isOnNode: candidate.nodePool !== undefined };
    const asks = await asksOf(asking, owners, signal);
    if (!asks.ok) return asks;
    const given = new Map<string, GivenNumbers>();
    for (const [at, ask] of asks.value.entries()) {
      const { allocator } = this.#parts;
      const answer = review.dryRun ? allocator.dryRun(ask) : await allocator.reserve(ask, signal);
      if (!answer.ok) {
        if (!review.dryRun) await this.#giveBack(asks.value.slice(0, at), signal);
        return answer;
      }
      for (const [name, numbers] of givenBy(answer.value)) given.set(name, numbers);
    }
    return ok(given);
  }

  /**
   * Releases what was reserved for a pod that isn't admitted. The numbers of an ordinal stay its own; those that were
   * taken over from an earlier create of the name, whose pod may be stored yet, end by themselves.
   */
  async #giveBack(met: readonly Ask[], signal: AbortSignal): Promise<void> {
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
function domainsOf({ review, original, settings, nodePool }: Asking): readonly DomainKey[] {
  if (nodePool !== undefined) return [domainOf(placeOf(original))];
  const node = settings.allocationName === undefined ? undefined : onlyNodeOf(review.pod);
  return node === undefined ? [CLUSTER] : [CLUSTER, node];
}

/** The request, with the name that the pod gets. */
function named({ original, settings, demand, identity: { name } }: Candidate): PodRequest {
  return { original: { ...original, metadata: { ...original.metadata, name } }, settings, demand };
}
