import { eventReasons } from '../../api/index.ts';
import type { PortAllocation } from '../../api/index.ts';
import {
  CLUSTER,
  PortAllocations,
  controllerHolder,
  domainOf,
  holderOfRecord,
  ordinalHolder,
  ordinalIn,
  podHolder,
  recordFor,
  recordName,
} from '../../allocation/index.ts';
import type { Allocator, DomainKey, Liveness, RecordSubject } from '../../allocation/index.ts';
import { holderKind } from '../../core/index.ts';
import { isApiError, parseKey } from '../../kube/index.ts';
import type { ClusterClient, EventRecorder, OwnerChain, Pod, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { occupancyOf, partiesOf } from '../../workload/index.ts';

/** What the keeper is made of. */
export interface RecordKeeperParts {
  readonly client: ClusterClient;
  readonly pods: ResourceCache<Pod>;
  readonly allocations: ResourceCache<PortAllocation>;
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly owners: OwnerChain;
  readonly events: EventRecorder;
}

/** What is only reserved is looked at again after this long, in milliseconds: its confirmation is no change of its pod. */
const UNCONFIRMED_MS = 1_000;
/** So is what the ledger doesn't have at all, until a sweep adopts it. */
const UNKNOWN_MS = 10_000;

/** Keeps a record of what every pod, and every controller of pods, holds: written late, taken away with its object. */
export class RecordKeeper {
  readonly #parts: RecordKeeperParts;

  constructor(parts: RecordKeeperParts) {
    this.#parts = parts;
  }

  /** Whether a pod that runs has its record, or one that doesn't has none: nothing is to be done then. */
  isRecorded(pod: Pod): boolean {
    const { namespace = '', name, uid } = pod.metadata;
    const record = this.#parts.allocations.get(namespace, recordName(podHolder({ namespace, name, uid })));
    const isThere = this.#parts.pods.get(namespace, name)?.metadata.uid === uid && occupancyOf(pod) === 'running';
    return isThere ? record?.spec.recordOf?.uid === uid : record?.spec.recordOf === undefined;
  }

  /** Sees to the records of the pod that `key` names. */
  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { namespace = '', name } = parseKey(key);
    const pod = this.#parts.pods.get(namespace, name);
    if (pod === undefined || occupancyOf(pod) === 'ended') {
      await this.#remove(namespace, recordName(podHolder({ namespace, name, uid: '' })), signal);
      return { kind: 'settled' };
    }
    const subjects = await this.#subjectsOf(namespace, pod, signal);
    for (const subject of subjects) await this.#write(subject, signal);
    const afterMs = Math.min(...subjects.map((subject) => this.#againAfterMs(subject)));
    return afterMs === Infinity ? { kind: 'settled' } : { kind: 'again', afterMs };
  }

  /** Whether the record of `subject` says what the ledger has for it. */
  isUpToDate(subject: RecordSubject): boolean {
    const { namespace } = subject.holder;
    const record = this.#parts.allocations.get(namespace, recordName(subject.holder));
    const claims = this.#claims(subject.holder, subject.domain);
    if (claims.length === 0) return record?.spec.recordOf?.uid !== subject.object.uid;
    // A user's allocation of that name stays what it is.
    if (record !== undefined && record.spec.recordOf === undefined) return true;
    return record !== undefined && saysTheSame(record, recordFor(subject, claims));
  }

  /** Has the record of `subject`, which is seen to be there, say what the ledger has for it. */
  async keep(subject: RecordSubject, signal: AbortSignal): Promise<void> {
    if (this.isUpToDate(subject)) return;
    if (this.#claims(subject.holder, subject.domain).length > 0) await this.#write(subject, signal);
    else await this.#remove(subject.holder.namespace, recordName(subject.holder), signal);
  }

  /**
   * Sees to what a record's deletion means: it is written again while its pods live, which is told; the numbers of an
   * ordinal whose pod isn't there are released, in two steps: it may be made again at any moment.
   * @returns the pods whose records are to be written again, and whether that is all: where it isn't, the deletion is to
   * be looked at again, because the pod of its ordinal may be gone before that, and nobody else would release the numbers
   */
  async afterDeletion(
    record: PortAllocation,
    signal: AbortSignal,
  ): Promise<{ readonly users: readonly string[]; readonly isOver: boolean }> {
    const holder = holderOfRecord(record);
    const over = { users: [], isOver: true };
    if (holder === undefined || this.#claims(holder, domainOf(record.spec)).length === 0) return over;
    const { namespace } = holder;
    if (this.#parts.allocations.get(namespace, record.metadata.name) !== undefined) return over;
    const ordinal = ordinalIn(holder);
    const users = this.#parts.pods.list().filter((pod) => this.#mayUse(pod, namespace, holder.uid, ordinal));
    if (users.length === 0) {
      if (ordinal === undefined) return over;
      const isGone = await this.#isPodGone(namespace, `${ordinal.set}-${ordinal.ordinal}`, signal);
      if (isGone) await this.#parts.allocator.doubtAll(holder, signal);
      return { users: [], isOver: isGone };
    }
    for (const { metadata } of users.slice(0, 1)) {
      this.#parts.events.record({
        regarding: { apiVersion: 'v1', kind: 'Pod', namespace, name: metadata.name, uid: metadata.uid },
        type: 'Warning',
        reason: eventReasons.stillHeld,
        message: `record "${record.metadata.name}" was deleted; the numbers are held while the pod uses them, and the record is written again`,
        component: 'hostport',
      });
    }
    return { users: users.map(({ metadata }) => `${namespace}/${metadata.name}`), isOver: ordinal === undefined };
  }

  async #subjectsOf(namespace: string, pod: Pod, signal: AbortSignal): Promise<readonly RecordSubject[]> {
    const parties = partiesOf(pod);
    if (parties === undefined) return [];
    const { name, uid } = pod.metadata;
    const subjects: RecordSubject[] = [];
    if (parties.own.length > 0 && parties.ordinal !== undefined) {
      const { set, ordinal } = parties.ordinal;
      // A pod names whom it likes. The record of somebody who isn't there would be collected as often as it is written.
      if (await this.#parts.owners.isThere(namespace, set, signal)) {
        subjects.push({ object: set, holder: ordinalHolder(namespace, set, ordinal), domain: CLUSTER });
      }
    } else if (parties.own.length > 0) {
      const object = { apiVersion: 'v1', kind: 'Pod', name, uid };
      const domain = parties.nodePool === undefined ? CLUSTER : (pod.spec.nodeName ?? CLUSTER);
      subjects.push({ object, holder: podHolder({ namespace, name, uid }), domain });
    }
    if (parties.shared.length > 0 && parties.controller !== undefined) {
      const object = await this.#parts.owners.topmost(namespace, parties.controller, signal);
      if (object?.isRead === true) {
        subjects.push({ object, holder: controllerHolder(namespace, object), domain: CLUSTER });
      }
    }
    return subjects;
  }

  async #write(subject: RecordSubject, signal: AbortSignal): Promise<void> {
    const { client, allocations } = this.#parts;
    const claims = this.#claims(subject.holder, subject.domain);
    if (claims.length === 0) return;
    const draft = recordFor(subject, claims);
    const { namespace = '', name = '' } = draft.metadata;
    const there = allocations.get(namespace, name);
    if (there !== undefined) {
      // A user's allocation of that name stays what it is; `kubectl get portpools` counts the numbers all the same.
      if (there.spec.recordOf === undefined) return;
      if (saysTheSame(there, draft)) return;
      await this.#remove(namespace, name, signal);
    }
    try {
      allocations.apply(await client.create(PortAllocations, draft, { signal }));
    } catch (error) {
      // In a namespace that is being deleted nothing new is allowed, and its pods go anyway.
      if (isApiError(error, 'alreadyExists', 'forbidden', 'notFound')) return;
      throw error;
    }
  }

  async #remove(namespace: string, name: string, signal: AbortSignal): Promise<void> {
    const { client, allocations } = this.#parts;
    const there = allocations.get(namespace, name);
    if (there?.spec.recordOf === undefined) return;
    try {
      const preconditions = { uid: there.metadata.uid };
      await client.remove(PortAllocations, { namespace, name }, { preconditions, signal });
    } catch (error) {
      if (!isApiError(error, 'notFound', 'conflict')) throw error;
    }
  }

  #claims({ key, uid }: { readonly key: string; readonly uid: string }, domain: DomainKey) {
    const claims = this.#parts.allocator.claimsUnder(key, domain);
    return claims.filter(({ holder, state }) => holder.uid === uid && state === 'held');
  }

  /** When to look again, in milliseconds; Infinity when the record says all that there will be. */
  #againAfterMs({ holder, domain }: RecordSubject): number {
    const claims = this.#parts.allocator.claimsUnder(holder.key, domain);
    // What others than pods have is only reserved while it goes, and then is none of theirs.
    if (holderKind(holder) === 'Pod' && claims.some(({ state }) => state === 'reserved')) return UNCONFIRMED_MS;
    return claims.length === 0 ? UNKNOWN_MS : Infinity;
  }

  #mayUse(pod: Pod, namespace: string, uid: string, ordinal: ReturnType<typeof ordinalIn>): boolean {
    const { metadata } = pod;
    if (metadata.namespace !== namespace || occupancyOf(pod) === 'ended') return false;
    if (ordinal !== undefined) return metadata.name === `${ordinal.set}-${ordinal.ordinal}`;
    return metadata.uid === uid || (partiesOf(pod)?.shared.length ?? 0) > 0;
  }

  async #isPodGone(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    // Whatever pod has the name may use the numbers, so no UID is meant.
    return this.#parts.liveness.isNameFree(podHolder({ namespace, name, uid: '' }), signal);
  }
}

function saysTheSame(there: PortAllocation, { spec }: { readonly spec?: Partial<PortAllocation['spec']> }): boolean {
  return (
    there.spec.recordOf?.uid === spec?.recordOf?.uid &&
    JSON.stringify(there.spec.ports.map(plain)) === JSON.stringify(spec?.ports?.map(plain))
  );
}

function plain({ name, protocol, port, count, hostIP }: PortAllocation['spec']['ports'][number]): readonly unknown[] {
  return [name, protocol, port, count, hostIP];
}
