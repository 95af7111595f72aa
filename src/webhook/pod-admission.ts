import { CLUSTER, controllerHolder, domainOf, ordinalHolder, podHolder } from '../allocation/index.ts';
import type { Allocator, Ask, KnownPool, Loans } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Namespace, OwnerChain, Pod, ResourceCache } from '../kube/index.ts';
import {
  controllerOf,
  demandOf,
  demandedHostPorts,
  forbidsHostPorts,
  givePorts,
  ordinalOf,
  pristine,
  promisePorts,
  readPodSettings,
  warningsFor,
} from '../workload/index.ts';
import type { DemandedPort, Given, GivenNumbers, PodDemand, PodSettings } from '../workload/index.ts';
import { fingerprint, isTokenOf, nameFor, newToken } from './identity.ts';
import type { Identity } from './identity.ts';
import { givenBy, requestOf, wishesOf } from './pod-ask.ts';
import { promiseRefusal, roomFor } from './node-pools.ts';
import { Retries } from './retries.ts';
import type { PodReview } from './review.ts';

/** What {@link PodAdmission} is made of. */
export interface PodAdmissionParts {
  readonly allocator: Allocator;
  readonly loans: Loans;
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
    const identity = this.#identify(review, print, nodePool);
    const applicant = { review, print, bare, settings: settings.value, demand: demand.value, identity, nodePool };
    if (nodePool !== undefined && nodeNameOf(bare) === undefined) return this.#promise(applicant, nodePool);
    const given = await this.#numbersFor(applicant, signal);
    return given.ok ? ok(this.#admitted(applicant, given.value)) : given;
  }

  #admitted({ review, print, bare, settings, demand, identity, nodePool }: Applicant, given: Given): Admitted {
    if (!review.dryRun) this.#retries.note(print, identity);
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
   * The name and token of a pod: those that it carries if the ledger agrees (the API server asks again when a webhook
   * behind us changed the pod), those of an earlier try of the same controller, else new ones.
   */
  #identify(review: PodReview, print: string, nodePool: KnownPool | undefined): Identity {
    const domain = nodePool === undefined ? CLUSTER : domainOf(placeOf(review.pod));
    const { name: given } = review.pod.metadata as { name?: string };
    if (given === undefined || given === '') {
      const earlier = this.#retries.take(print, (identity) => this.#isOpen(review.namespace, identity));
      const isTaken = (name: string): boolean => this.#isTaken(review.namespace, name);
      return earlier ?? { name: nameFor(review.pod, isTaken), token: newToken(print) };
    }
    // One name, one pod: whatever is reserved for it by the same party can't be another pod's.
    const key = podHolder({ namespace: review.namespace, name: given, uid: '' }).key;
    const open = this.#parts.allocator
      .claimsUnder(key, domain)
      .find(({ state, holder }) => state === 'reserved' && isTokenOf(holder.uid, print));
    return { name: given, token: open?.holder.uid ?? newToken(print) };
  }

  /** Whether a pod of that name is there, or on its way. */
  #isTaken(namespace: string, name: string): boolean {
    const { key } = podHolder({ namespace, name, uid: '' });
    return this.#parts.pods.get(namespace, name) !== undefined || this.#parts.allocator.claimsUnder(key).length > 0;
  }

  #isOpen(namespace: string, { name, token }: Identity): boolean {
    if (this.#parts.pods.get(namespace, name) !== undefined) return false;
    const { key } = podHolder({ namespace, name, uid: token });
    return this.#parts.allocator
      .claimsUnder(key)
      .some(({ state, holder }) => state === 'reserved' && holder.uid === token);
  }

  async #numbersFor(applicant: Applicant, signal: AbortSignal): Promise<Result<Given, Refusal>> {
    if (applicant.settings.allocationName !== undefined)
      return this.#borrow(applicant, applicant.settings.allocationName, signal);
    const asks = await this.#asksOf(applicant, signal);
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

  /** What is to be asked of the allocator, by whoever holds it: the pods' controller first, whose numbers last. */
  async #asksOf(applicant: Applicant, signal: AbortSignal): Promise<Result<readonly Ask[], Refusal>> {
    const { review, bare, settings, demand, nodePool } = applicant;
    const wishes = wishesOf(settings);
    const isShared = ({ scope }: DemandedPort) => scope === 'RoleScoped' && controllerOf(bare) !== undefined;
    const own = demand.ports.filter((port) => !isShared(port));
    const shared = demand.ports.filter(isShared);
    const asks: Ask[] = [];
    const controller = controllerOf(bare);
    if (shared.length > 0 && controller !== undefined) {
      const top = await this.#parts.owners.topmost(review.namespace, controller, signal);
      if (top === undefined) return err(noKnownController(controller.kind, controller.name));
      const holder = controllerHolder(review.namespace, top);
      asks.push({ ...wishes, holder, ports: shared.map(requestOf), keepsRest: true });
    }
    if (own.length === 0) return ok(asks);
    const ordinal = ordinalOf(bare);
    const holder = this.#holderFor(applicant, ordinal);
    if (!holder.ok) return holder;
    const place = nodePool === undefined ? {} : placeOf(bare);
    const mine = { ...wishes, ...place, ...holder.value, ports: own.map(requestOf) };
    return ok([...asks, ordinal === undefined ? mine : { ...mine, ordinal }]);
  }

  #holderFor(applicant: Applicant, ordinal: number | undefined): Result<Pick<Ask, 'holder' | 'until'>, Refusal> {
    const { review, bare, settings, identity } = applicant;
    const { namespace } = review;
    const set = controllerOf(bare);
    if (settings.sticky && set !== undefined) {
      // Nobody else can have the name while a pod of it is there: so the ordinal's numbers are never in two pods.
      if (ordinal === undefined || identity.name !== `${set.name}-${ordinal}`) {
        return err(
          refuse.invalid(`hostport.io/sticky: pod "${identity.name}" is none that StatefulSet "${set.name}" makes`),
        );
      }
      return ok({ holder: ordinalHolder(namespace, set, ordinal) });
    }
    const until = Math.ceil((this.#parts.clock.now() + this.#parts.reservationLifeMs) / 1000);
    return ok({ holder: podHolder({ namespace, name: identity.name, uid: identity.token }), until });
  }

  async #borrow(applicant: Applicant, name: string, signal: AbortSignal): Promise<Result<Given, Refusal>> {
    const { review, demand, identity } = applicant;
    const borrower = { namespace: review.namespace, pod: identity.name, token: identity.token };
    const lent = await this.#parts.loans.lend(name, borrower, review.dryRun, signal);
    if (!lent.ok) return lent;
    const given = new Map<string, GivenNumbers>();
    for (const port of demand.ports) {
      const match = lent.value.find((each) => each.name === port.name);
      if (match === undefined) {
        const has = lent.value.map((each) => `"${each.name}"`).join(', ');
        return err(
          refuse.invalid(
            `hostport.io/allocation: PortAllocation "${name}" has no port "${port.name}", it has ${has}: name the container port like one of them`,
          ),
        );
      }
      if (match.protocol !== port.protocol && match.protocol !== 'TCPUDP') {
        return err(
          refuse.invalid(
            `hostport.io/allocation: port "${port.name}" of PortAllocation "${name}" is for ${match.protocol}, and the container's is ${port.protocol}: make them the same`,
          ),
        );
      }
      given.set(port.name, { number: match.port, ...(match.endPort === undefined ? {} : { end: match.endPort }) });
    }
    return ok(given);
  }
}

function named(pod: Pod, { name }: Identity): Pod {
  return { ...pod, metadata: { ...pod.metadata, name } };
}

/** The node that a pod was made for; it is never bound. */
function nodeNameOf({ spec }: Pod): string | undefined {
  return spec.nodeName === '' ? undefined : spec.nodeName;
}

function placeOf(pod: Pod): Pick<Ask, 'nodeName'> {
  const nodeName = nodeNameOf(pod);
  return nodeName === undefined ? {} : { nodeName };
}

function noKnownController(kind: string, name: string): Refusal {
  return refuse.invalid(
    `port-allocator: a RoleScoped port is held for the pods' controller, and ${kind} "${name}" is none that Hostport knows: write scope PodScoped, or use a Deployment, StatefulSet, DaemonSet, Job or CronJob`,
  );
}
