import { CLUSTER, OVERTAKEN, domainOf, podHolder } from '../allocation/index.ts';
import type { Ask, DomainKey, KnownPool } from '../allocation/index.ts';
import { InvariantError, err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Namespace, OwnerChain, Pod, ResourceCache } from '../kube/index.ts';
import {
  demandOf,
  demandedHostPorts,
  forbidsHostPorts,
  givePorts,
  nodeNameOf,
  nodePoolFault,
  onlyNodeOf,
  withoutInjection,
  deferPorts,
  readPodSettings,
  warningsFor,
} from '../workload/index.ts';
import type { Given, GivenNumbers, PodDemand, PodSettings } from '../workload/index.ts';
import { Borrowing } from './borrowed.ts';
import type { BorrowingParts } from './borrowed.ts';
import { Identities } from './identities.ts';
import type { IdentitiesParts } from './identities.ts';
import type { Identity } from './identity.ts';
import { deferralRefusal, roomFor } from './node-pools.ts';
import { asksOf, givenBy, placeOf } from './pod-ask.ts';
import type { PodReview } from './review.ts';

/** What {@link PodAdmission} is made of. */
export interface PodAdmissionParts extends IdentitiesParts, BorrowingParts {
  readonly owners: OwnerChain;
  readonly namespaces: ResourceCache<Namespace>;
  /** Namespaces whose pods pass by untouched. */
  readonly exemptNamespaces: ReadonlySet<string>;
  /** Told of the token of each pod that is let in with numbers reserved for it, before that is answered. */
  readonly onLetIn: (token: string) => void;
}

/** A pod that is let in, with its ports. */
export interface Admitted {
  readonly pod: Pod;
  readonly warnings: readonly string[];
}

/** A pod with all that was found out about it. */
interface Applicant {
  readonly review: PodReview;
  /** As its user wrote it. */
  readonly bare: Pod;
  readonly settings: PodSettings;
  readonly demand: PodDemand;
  readonly identity: Identity;
  /** The pool of scope Node that it takes. */
  readonly nodePool: KnownPool | undefined;
}

/** So often a create is looked at when others of its name are served by other managers at the same time. */
const MOST_TRIES = 4;

/** Gives pods their ports at their creation. What it answers is durable; a refusal leaves nothing behind. */
export class PodAdmission {
  readonly #parts: PodAdmissionParts;
  readonly #identities: Identities;
  readonly #borrowing: Borrowing;

  constructor(parts: PodAdmissionParts) {
    this.#parts = parts;
    this.#identities = new Identities(parts);
    this.#borrowing = new Borrowing(parts);
  }

  /** Decides on one pod, and reserves what it needs unless it is a dry run. */
  async admit(review: PodReview, signal: AbortSignal): Promise<Result<Admitted, Refusal>> {
    if (this.#parts.exemptNamespaces.has(review.namespace)) return ok({ pod: review.pod, warnings: [] });
    const bare = withoutInjection(review.pod);
    const settings = readPodSettings(bare);
    if (!settings.ok) return settings;
    if (settings.value === undefined) return ok({ pod: bare, warnings: [] });
    const demand = demandOf(bare, settings.value);
    if (!demand.ok) return demand;
    const forbidden = this.#forbidden(review.namespace, bare, settings.value, demand.value);
    if (forbidden !== undefined) return err(forbidden);
    const nodePool = this.#nodePoolFor(settings.value, demand.value);
    const misfit = nodePool === undefined ? undefined : nodePoolFault(settings.value, demand.value, nodePool.name);
    if (misfit !== undefined) return err(refuse.invalid(misfit));
    return this.#serve({ review, bare, settings: settings.value, demand: demand.value, nodePool }, signal);
  }

  async #serve(asking: Omit<Applicant, 'identity'>, signal: AbortSignal): Promise<Result<Admitted, Refusal>> {
    const { review, bare, nodePool } = asking;
    const domains = domainsOf(asking);
    for (let tries = 1; ; tries++) {
      const identity = await this.#identities.identify(review, domains, signal);
      if (!identity.ok) return identity;
      const applicant = { ...asking, identity: identity.value };
      if (nodePool !== undefined && nodeNameOf(bare) === undefined) return this.#promise(applicant, nodePool);
      const given = await this.#numbersFor(applicant, signal);
      if (given.ok) return ok(this.#admitted(applicant, given.value));
      if (given.error !== OVERTAKEN || tries === MOST_TRIES) return given;
    }
  }

  #nodePoolFor(settings: PodSettings, { ports }: PodDemand): KnownPool | undefined {
    if (settings.allocationName !== undefined || ports.length === 0) return undefined;
    const pool = this.#parts.allocator.poolOf(settings);
    return pool?.scope === 'Node' ? pool : undefined;
  }

  #admitted({ review, bare, settings, demand, identity, nodePool }: Applicant, given: Given): Admitted {
    if (!review.dryRun) {
      this.#identities.note(identity);
      this.#parts.onLetIn(identity.token);
    }
    const marks = { reservation: identity.token, ...(nodePool === undefined ? {} : { nodePool: nodePool.name }) };
    return {
      pod: givePorts(named(bare, identity), settings, demand, given, marks),
      warnings: warningsFor(bare, settings, demand),
    };
  }

  /** Lets a pod in whose numbers come when it is bound to a node. */
  #promise({ review, bare, settings, demand, identity }: Applicant, pool: KnownPool): Result<Admitted, Refusal> {
    const { namespace } = review;
    const labels = this.#parts.namespaces.get(undefined, namespace)?.metadata.labels;
    const refusal = deferralRefusal(bare, settings, demand, { poolName: pool.name, namespace, labels });
    if (refusal !== undefined) return err(refusal);
    const promised = { poolName: pool.name, reservation: identity.token, ...roomFor(pool, demand) };
    const pod = deferPorts(named(bare, identity), settings, demand, promised);
    return ok({ pod, warnings: warningsFor(bare, settings, demand) });
  }

  #forbidden(namespace: string, pod: Pod, settings: PodSettings, demand: PodDemand): Refusal | undefined {
    const label = forbidsHostPorts(this.#parts.namespaces.get(undefined, namespace)?.metadata.labels);
    const [port] = demandedHostPorts(pod, settings, demand);
    if (label === undefined || port === undefined) return undefined;
    return refuse.invalid(
      `namespace "${namespace}" has the label ${label}, which forbids host ports, and port "${port.name}" needs one: label it pod-security.kubernetes.io/enforce=privileged, or use another namespace`,
    );
  }

  async #numbersFor(applicant: Applicant, signal: AbortSignal): Promise<Result<Given, Refusal>> {
    const { review, identity, settings, demand } = applicant;
    const { owners, clock, reservationLifeMs } = this.#parts;
    const until = Math.ceil((clock.now() + reservationLifeMs) / 1000);
    if (settings.allocationName !== undefined) {
      const { name, token: uid, insteadOf } = identity;
      const borrower = podHolder({ namespace: review.namespace, name, uid });
      const placed = { demand, nodeName: onlyNodeOf(review.pod), dryRun: review.dryRun };
      return this.#borrowing.numbersFor(settings.allocationName, { ...placed, borrower, until, insteadOf }, signal);
    }
    const asking = { ...applicant, namespace: review.namespace, until, isOnNode: applicant.nodePool !== undefined };
    const asks = await asksOf(asking, owners, signal);
    if (!asks.ok) return asks;
    const given = new Map<string, GivenNumbers>();
    for (const [at, ask] of asks.value.entries()) {
      const { allocator } = this.#parts;
      const answer = applicant.review.dryRun ? allocator.dryRun(ask) : await allocator.reserve(ask, signal);
      if (!answer.ok) {
        if (!applicant.review.dryRun) await this.#giveBack(asks.value.slice(0, at), signal);
        return answer;
      }
      for (const [name, numbers] of givenBy(answer.value)) given.set(name, numbers);
    }
    return ok(given);
  }

  /**
   * Takes back what was reserved for a pod that isn't let in. What an ordinal keeps, it keeps; and what was taken over from
   * an earlier create of the name, which may be stored yet, ends by itself.
   */
  async #giveBack(met: readonly Ask[], signal: AbortSignal): Promise<void> {
    for (const { holder, until, insteadOf = [] } of met) {
      if (until === undefined || insteadOf.length > 0) continue;
      try {
        await this.#parts.allocator.release(holder, signal);
      } catch (error) {
        // It ends by itself, and the pod is to hear why it is refused.
        if (error instanceof InvariantError) throw error;
      }
    }
  }
}

/** Where a pod may have something reserved; of one that borrows it is not known yet where its lender has its numbers. */
function domainsOf({ review, bare, settings, nodePool }: Omit<Applicant, 'identity'>): readonly DomainKey[] {
  if (nodePool !== undefined) return [domainOf(placeOf(bare))];
  const node = settings.allocationName === undefined ? undefined : onlyNodeOf(review.pod);
  return node === undefined ? [CLUSTER] : [CLUSTER, node];
}

function named(pod: Pod, { name }: Identity): Pod {
  return { ...pod, metadata: { ...pod.metadata, name } };
}
