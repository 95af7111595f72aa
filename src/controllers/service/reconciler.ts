import { eventReasons } from '../../api/index.ts';
import { abandonable } from '../../base/cancellation.ts';
import type { Logger } from '../../base/logger.ts';
import { Services, parseKey } from '../../kube/index.ts';
import type { ClusterClient, EndpointSlice, EventRecorder, Service } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { concernsOf } from './concerns.ts';
import type { Concern } from './concerns.ts';
import { decide } from './decide.ts';
import type { Decision } from './decide.ts';
import type { Doubts } from './doubts.ts';
import { SliceWriter } from './slice-writer.ts';
import type { SeenServices, ServiceCaches } from './seen.ts';

/** What the reconciler needs. */
export interface ServiceReconcilerParts {
  readonly client: ClusterClient;
  readonly seen: SeenServices;
  readonly slices: ServiceCaches['slices'];
  readonly events: EventRecorder;
  readonly doubts: Doubts;
  readonly log: Logger;
}

/** The decision about a Service, and in how many milliseconds it has to be reconciled again, if at all. */
interface Judgement {
  readonly decision: Decision;
  readonly concerns: readonly Concern[];
  readonly nextMs?: number;
}

/** When to reconcile again if the cache is behind, in milliseconds. */
const BEHIND_MS = 500;

/** Keeps the EndpointSlices of published Services, and deletes those of all others. */
export class ServiceReconciler {
  readonly #parts: ServiceReconcilerParts;
  readonly #writer: SliceWriter;
  /** What was reported about each Service, so that it is reported once. */
  readonly #told = new Map<string, ReadonlySet<string>>();

  constructor(parts: ServiceReconcilerParts) {
    this.#parts = parts;
    this.#writer = new SliceWriter(parts.client, parts.slices);
  }

  /** Reconciles the Service `key`. */
  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { seen } = this.#parts;
    const { namespace = '', name } = parseKey(key);
    await abandonable(seen.preparePodsOf(key, seen.service(namespace, name)), signal);
    const service = seen.service(namespace, name);
    const { decision, concerns, nextMs } = this.#judge(key, service);
    if (service === undefined) this.#told.delete(key);
    else this.#report(key, service, concerns);
    const isOwn = (slice: EndpointSlice): boolean => {
      const owner = controllerOf(slice)?.uid;
      return service !== undefined && (owner === undefined || owner === service.metadata.uid);
    };
    // They belong to another Service of that name, perhaps a later one that isn't seen here yet.
    if (!decision.remove.every(isOwn)) {
      const live = await this.#parts.client.find(Services, { namespace, name }, { signal });
      if (live?.metadata.uid !== service?.metadata.uid) return { kind: 'again', afterMs: BEHIND_MS };
    }
    await this.#writer.apply(decision, signal);
    return nextMs === undefined ? { kind: 'settled' } : { kind: 'again', afterMs: nextMs };
  }

  #judge(key: string, service: Service | undefined): Judgement {
    const { seen, doubts } = this.#parts;
    const slices = seen.slicesOf(key);
    const nothing = { create: [], replace: [], remove: slices };
    if (service === undefined || service.metadata.deletionTimestamp !== undefined) {
      return { decision: nothing, concerns: [] };
    }
    const publication = seen.publicationOf(service);
    if (!publication.ok) {
      const { reason, message } = publication.error;
      return { decision: nothing, concerns: [{ about: message, reason, message }] };
    }
    if (publication.value === undefined) return { decision: nothing, concerns: [] };
    const zoneOf = (node: string): string | undefined => seen.zoneOf(node);
    const pods = seen.podsOf(service);
    const { lasting: doubtful, ...next } = doubts.note(pods);
    const situation = { service, publication: publication.value, pods, doubtful, slices, zoneOf };
    return { decision: decide(situation), concerns: concernsOf(situation), ...next };
  }

  #report(key: string, { apiVersion, kind, metadata }: Service, concerns: readonly Concern[]): void {
    const { uid, name, namespace = '' } = metadata;
    const before = this.#told.get(key) ?? new Set();
    const now = new Map(concerns.map((concern) => [[uid, concern.reason, concern.about].join(), concern]));
    for (const [about, { reason, message }] of now) {
      if (before.has(about)) continue;
      this.#parts.events.record({ apiVersion, kind, namespace, name, uid }, { type: 'Warning', reason, message });
      if (reason === eventReasons.notHeld) this.#parts.log.warn('a number is not published', { key, says: message });
    }
    if (now.size === 0) this.#told.delete(key);
    else this.#told.set(key, new Set(now.keys()));
  }
}
