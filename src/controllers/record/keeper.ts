import type { PortAllocation } from '../../api/index.ts';
import { CLUSTER, controllerHolder, ordinalHolder, podHolder, recordName } from '../../allocation/index.ts';
import type { RecordSubject } from '../../allocation/index.ts';
import { holderKind } from '../../core/index.ts';
import { parseKey } from '../../kube/index.ts';
import type { OwnerChain, Pod, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { mayUsePorts, portHoldersOf } from '../../workload/index.ts';
import type { RecordWriter } from './writer.ts';

/** What the keeper is made of. */
export interface RecordKeeperParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocations: ResourceCache<PortAllocation>;
  readonly owners: OwnerChain;
  readonly writer: RecordWriter;
}

/** What is only reserved is looked at again after this long, in milliseconds: its confirmation is no change of its pod. */
const UNCONFIRMED_MS = 1_000;
/** So is what the ledger doesn't have at all, until a sweep adopts it. */
const UNKNOWN_MS = 10_000;

/**
 * Keeps a record of what every pod, and every controller of pods, holds. With a pod that is gone its record goes by itself,
 * collected by its owner reference; one that has ended and stays is not collected, and its record is deleted here.
 */
export class RecordKeeper {
  readonly #parts: RecordKeeperParts;

  constructor(parts: RecordKeeperParts) {
    this.#parts = parts;
  }

  /** Whether a pod that runs has its record, or one that has ended has none any longer: nothing is to be done then. */
  isRecorded(pod: Pod): boolean {
    return (this.#recordOf(pod) !== undefined) === mayUsePorts(pod);
  }

  /** Sees to the records of the pod that `key` names. */
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

  /** When to look again, in milliseconds; Infinity when the record says all that there will be. */
  #againAfterMs(subject: RecordSubject): number {
    const claims = this.#parts.writer.claimsUnder(subject);
    // What others than pods have is only reserved while it goes, and then is none of theirs.
    if (holderKind(subject.holder) === 'Pod' && claims.some(({ state }) => state === 'reserved')) return UNCONFIRMED_MS;
    return claims.length === 0 ? UNKNOWN_MS : Infinity;
  }
}
