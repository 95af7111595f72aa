import type { PortAllocation } from '../../api/index.ts';
import { CLUSTER, controllerHolder, ordinalHolder, podHolder, recordName } from '../../allocation/index.ts';
import type { RecordSubject } from '../../allocation/index.ts';
import { holderKind } from '../../core/index.ts';
import { parseKey } from '../../kube/index.ts';
import type { OwnerChain, Pod, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { mayUsePorts, portHoldersOf } from '../../workload/index.ts';
import type { RecordWriter } from './writer.ts';

/** What the keeper needs. */
export interface RecordKeeperParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocations: ResourceCache<PortAllocation>;
  readonly owners: OwnerChain;
  readonly writer: RecordWriter;
}

/** When a reservation is checked again, in milliseconds: its confirmation doesn't change the pod. */
const UNCONFIRMED_MS = 1_000;
/** When a pod that the ledger doesn't know is checked again, in milliseconds: a sweep has to adopt it first. */
const UNKNOWN_MS = 10_000;

/**
 * Keeps a record of what each pod and each controller of pods holds. The record of a deleted pod is collected by its
 * owner reference; a finished pod that still exists isn't deleted, so its record is deleted here.
 */
export class RecordKeeper {
  readonly #parts: RecordKeeperParts;

  constructor(parts: RecordKeeperParts) {
    this.#parts = parts;
  }

  /** Whether nothing has to be done: a running pod has its record, or a finished one has none. */
  isRecorded(pod: Pod): boolean {
    return (this.#recordOf(pod) !== undefined) === mayUsePorts(pod);
  }

  /** Brings the records of the pod `key` up to date. */
  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { namespace = '', name } = parseKey(key);
    const pod = this.#parts.pods.get(namespace, name);
    if (pod === undefined) return { kind: 'settled' };
    if (!mayUsePorts(pod)) {
      const record = this.#recordOf(pod);
      if (record !== undefined) await this.#parts.writer.remove(record, signal);
      return { kind: 'settled' };
    }
    const subjects = await this.#subjectsOf(namespace, pod, signal);
    for (const subject of subjects) await this.#parts.writer.keep(subject, signal);
    const afterMs = Math.min(...subjects.map((subject) => this.#againAfterMs(subject)));
    return afterMs === Infinity ? { kind: 'settled' } : { kind: 'again', afterMs };
  }

  #recordOf({ metadata }: Pod): PortAllocation | undefined {
    const { namespace = '', name, uid } = metadata;
    const record = this.#parts.allocations.get(namespace, recordName(podHolder({ namespace, name, uid })));
    return record?.spec.recordOf?.uid === uid ? record : undefined;
  }

  async #subjectsOf(namespace: string, pod: Pod, signal: AbortSignal): Promise<readonly RecordSubject[]> {
    const parties = portHoldersOf(pod);
    if (parties === undefined) return [];
    const { name, uid } = pod.metadata;
    const subjects: RecordSubject[] = [];
    if (parties.own.length > 0 && parties.ordinal !== undefined) {
      const { set, ordinal } = parties.ordinal;
      // A pod may name any owner. The record of an owner that doesn't exist would be collected as often as it is
      // written.
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

  /** When to check again, in milliseconds; Infinity if the record is final. */
  #againAfterMs(subject: RecordSubject): number {
    const claims = this.#parts.writer.claimsUnder(subject);
    // A holder that isn't a pod has reservations only while its numbers are being released, and then the record
    // shouldn't show them.
    if (holderKind(subject.holder) === 'Pod' && claims.some(({ state }) => state === 'reserved')) return UNCONFIRMED_MS;
    return claims.length === 0 ? UNKNOWN_MS : Infinity;
  }
}
