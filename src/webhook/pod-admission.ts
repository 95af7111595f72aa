import { CLUSTER, domainOf, podHolder } from '../allocation/index.ts';
import type { Allocator, DomainKey, KnownPool, Liveness, Loans } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
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
  pristine,
  promisePorts,
  readPodSettings,
  warningsFor,
} from '../workload/index.ts';
import type { Given, GivenNumbers, PodDemand, PodSettings } from '../workload/index.ts';
import { portsBorrowed } from './borrowed.ts';
import { fingerprint, isTokenOf, nameFor, newToken } from './identity.ts';
import type { Identity } from './identity.ts';
import { promiseRefusal, roomFor } from './node-pools.ts';
import { asksOf, givenBy, placeOf } from './pod-ask.ts';
import { Retries } from './retries.ts';
import type { PodReview } from './review.ts';

/** What {@link PodAdmission} is made of. */
export interface PodAdmissionParts {
  readonly allocator: Allocator;
  readonly loans: Loans;
  readonly liveness: Liveness;
  readonly owners: OwnerChain;
  readonly namespaces: ResourceCache<Namespace>;
  readonly pods: ResourceCache<Pod>;
  readonly clock: Clock;
  /** How long a reservation lives, in milliseconds. */
  readonly reservationLifeMs: number;
  /** Namespaces whose pods pass by untouched. */
  readonly exemptNamespaces: ReadonlySet<string>;
}

/** A pod that is let in, with its ports. */
export interface Admitted {
  readonly pod: Pod;
  readonly warnings: readonly string[];
}

/** A pod with all that was found out about it. */
interface Applicant {
  readonly review: PodReview;
  /** Of whoever may use its reservation, see {@link fingerprint}. */
  readonly print: string;
  /** As its user wrote it. */
  readonly bare: Pod;
  readonly settings: PodSettings;
  readonly demand: PodDemand;
  readonly identity: Identity;
  /** The pool of scope Node that it takes. */
  readonly nodePool: KnownPool | undefined;
}

/** Gives pods their ports at their creation. What it answers is durable; a refusal leaves nothing behind. */
export class PodAdmission {
  readonly #parts: PodAdmissionParts;
  readonly #retries: Retries;

  constructor(parts: PodAdmissionParts) {
    this.#parts = parts;
    this.#retries = new Retries(parts.clock, parts.reservationLifeMs);
  }

  /** Decides on one pod, and reserves what it needs unless it is a dry run. */
  async admit(review: PodReview, signal: AbortSignal): Promise<Result<Admitted, Refusal>> {
    if (this.#parts.exemptNamespaces.has(review.namespace)) return ok({ pod: review.pod, warnings: [] });
    const bare = pristine(review.pod);
    const settings = readPodSettings(bare);
    if (!settings.ok) return settings;
    if (settings.value === undefined) return ok({ pod: bare, warnings: [] });
    const demand = demandOf(bare, settings.value);
    if (!demand.ok) return demand;
    const forbidden = this.#forbidden(review.namespace, bare, settings.value, demand.value);
    if (forbidden !== undefined) return err(forbidden);
    const pool = settings.value.allocationName === undefined ? this.#parts.allocator.poolOf(settings.value) : undefined;
    const nodePool = pool?.scope === 'Node' && demand.value.ports.length > 0 ? pool : undefined;
    const print = fingerprint(review);
    const misfit = nodePool === undefined ? undefined : nodePoolFault(settings.value, demand.value, nodePool.name);
    if (misfit !== undefined) return err(refuse.invalid(misfit));
    const identified = await this.#identify(review, print, nodePool, signal);
    if (!identified.ok) return identified;
    const identity = identified.value;
    const applicant = { review, print, bare, settings: settings.value, demand: demand.value, identity, nodePool };
    if (nodePool !== undefined && nodeNameOf(bare) === undefined) return this.#promise(applicant, nodePool);
    const given = await this.#numbersFor(applicant, signal);
    return given.ok ? ok(this.#admitted(applicant, given.value)) : given;
  }

  #admitted({ review, print, bare, settings, demand, identity, nodePool }: Applicant, given: Given): Admitted {
    if (!review.dryRun) this.#retries.note(print, identity.name);
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
    const refusal = promiseRefusal(bare, settings, demand, { poolName: pool.name, namespace, labels });
    if (refusal !== undefined) return err(refusal);
    const promised = { poolName: pool.name, reservation: identity.token, ...roomFor(pool, demand) };
    const pod = promisePorts(named(bare, identity), settings, demand, promised);
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

  /**
   * The name and token of a pod. The token is new also where the numbers aren't: for a create that is made again, by its
   * controller because somebody behind us refused it, or by the API server because another webhook changed the pod. An
   * earlier token may be that of a pod that was stored after all, and deleted since: what becomes of its numbers must
   * never be what becomes of those of the next pod.
   */
  async #identify(
    review: PodReview,
    print: string,
    nodePool: KnownPool | undefined,
    signal: AbortSignal,
  ): Promise<Result<Identity, Refusal>> {
    const { namespace, pod } = review;
    const { name: given = '' } = pod.metadata as { name?: string };
    const domain = nodePool === undefined ? CLUSTER : domainOf(placeOf(pod));
    const openUnder = (name: string): readonly string[] => this.#openUnder(namespace, name, print, domain);
    const earlier = given === '' ? this.#retries.take(print, (name) => openUnder(name).length > 0) : given;
    const token = newToken(print);
    if (earlier !== undefined) {
      const insteadOf = openUnder(earlier);
      if (insteadOf.length === 0 || (await this.#isFree(namespace, earlier, signal))) {
        return ok({ name: earlier, token, insteadOf });
      }
      if (given !== '') return err(refuse.nameTaken(given));
    }
    return ok({ name: nameFor(pod, (name) => this.#isTaken(namespace, name)), token, insteadOf: [] });
  }

  /** Whether a pod of that name is there, or on its way. */
  #isTaken(namespace: string, name: string): boolean {
    const { key } = podHolder({ namespace, name, uid: '' });
    return this.#parts.pods.get(namespace, name) !== undefined || this.#parts.allocator.claimsUnder(key).length > 0;
  }

  /** Whether there is no pod of that name, by the word of the API server: caches may be behind. */
  #isFree(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    return this.#parts.liveness.isNameFree(podHolder({ namespace, name, uid: '' }), signal);
  }

  /** Tokens under which the same party has something reserved for that name. */
  #openUnder(namespace: string, name: string, print: string, domain: DomainKey): readonly string[] {
    const { key } = podHolder({ namespace, name, uid: '' });
    const open = this.#parts.allocator
      .claimsUnder(key, domain)
      .filter(({ state, holder }) => state === 'reserved' && isTokenOf(holder.uid, print));
    return [...new Set(open.map(({ holder }) => holder.uid))];
  }

  async #numbersFor(applicant: Applicant, signal: AbortSignal): Promise<Result<Given, Refusal>> {
    const { review, identity, settings, demand } = applicant;
    if (settings.allocationName !== undefined) {
      const borrower = { namespace: review.namespace, pod: identity.name, token: identity.token };
      const placed = { ...borrower, nodeName: onlyNodeOf(review.pod) };
      const lent = await this.#parts.loans.lend(settings.allocationName, placed, review.dryRun, signal);
      return lent.ok ? portsBorrowed(settings.allocationName, lent.value, demand) : lent;
    }
    const { owners, clock, reservationLifeMs } = this.#parts;
    const until = Math.ceil((clock.now() + reservationLifeMs) / 1000);
    const asking = { ...applicant, namespace: review.namespace, until, isOnNode: applicant.nodePool !== undefined };
    const asks = await asksOf(asking, owners, signal);
    if (!asks.ok) return asks;
    const given = new Map<string, GivenNumbers>();
    for (const ask of asks.value) {
      const { allocator } = this.#parts;
      const answer = applicant.review.dryRun ? allocator.tryOut(ask) : await allocator.reserve(ask, signal);
      if (!answer.ok) return answer;
      for (const [name, numbers] of givenBy(answer.value)) given.set(name, numbers);
    }
    return ok(given);
  }
}

function named(pod: Pod, { name }: Identity): Pod {
  return { ...pod, metadata: { ...pod.metadata, name } };
}
