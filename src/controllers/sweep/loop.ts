import { API_VERSION, GROUP, eventReasons } from '../../api/index.ts';
import type { PortAllocation } from '../../api/index.ts';
import { CLUSTER, takeCensus } from '../../allocation/index.ts';
import type { Census, Dispute, Disputes, Sweep } from '../../allocation/index.ts';
import { isCancellation, pause } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { isPod, isRole, printHolder, refuse } from '../../core/index.ts';
import type { Claim } from '../../core/index.ts';
import type { EventRecorder, ResourceCache } from '../../kube/index.ts';
import { restAfter } from './pace.ts';
import { countPods } from './pod-census.ts';
import type { PodCensusParts } from './pod-census.ts';
import { countRoles } from './role-census.ts';
import type { RoleCensusParts } from './role-census.ts';

/** What the loop needs. */
export interface SweepLoopParts extends PodCensusParts, Pick<RoleCensusParts, 'instances' | 'sets'> {
  readonly sweep: Sweep;
  readonly allocations: ResourceCache<PortAllocation>;
  readonly disputes: Disputes;
  /** Called with all disputes after each sweep. */
  readonly onDisputes: (disputes: readonly Dispute[]) => void;
  /** Enqueues a pod that was seen before its reservation was, so that nothing has confirmed it yet. */
  readonly onUnconfirmed: (key: string) => void;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  /** The shortest time between two sweeps, in milliseconds; see {@link restAfter}. */
  readonly intervalMs: number;
}

/** Sweeps at start and then at an interval. */
export class SweepLoop {
  readonly #parts: SweepLoopParts;
  #workMs = 0;

  constructor(parts: SweepLoopParts) {
    this.#parts = parts;
  }

  /** Adopts the existing holders; no new request may be served before. Throws if that fails. */
  async adoptAtStart(signal: AbortSignal): Promise<void> {
    const { adopted, beyond } = await this.#parts.sweep.adopt(await this.#count('atStart', signal), signal);
    this.#reportAdopted(adopted);
    this.#reportBeyondQuota(beyond);
  }

  /**
   * Sweeps until the signal aborts: at the interval, or less often if a sweep takes long. Trouble is logged, and the
   * next sweep tries again.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.sweepOnce(signal);
      } catch (error) {
        if (isCancellation(error, signal)) return;
        this.#parts.log.warn('a sweep ended early and is made again', { error });
      }
      await pause(this.#parts.clock, restAfter(this.#workMs, this.#parts.intervalMs), signal).catch(() => undefined);
    }
  }

  /** One sweep: adopt, report disputes, release what no holder needs any longer, tidy up. */
  async sweepOnce(signal: AbortSignal): Promise<void> {
    const { sweep, disputes, onDisputes, clock } = this.#parts;
    const began = clock.monotonic();
    const census = await this.#count('running', signal);
    const found = await sweep.adopt(census, signal);
    this.#reportAdopted(found.adopted);
    this.#reportBeyondQuota(found.beyond);
    disputes.replace(found.disputes);
    this.#reportDisputed(found.disputes);
    onDisputes(found.disputes);
    const restedMs = await sweep.releaseGone(census, signal);
    await sweep.tidy(signal);
    this.#workMs = clock.monotonic() - began - restedMs;
  }

  async #count(moment: 'atStart' | 'running', signal: AbortSignal): Promise<Census> {
    const { beliefs, alive } = await takeCensus(
      this.#parts.allocations.list(),
      moment,
      (object) => this.#parts.allocations.get(object.metadata.namespace, object.metadata.name) === object,
    );
    const pods = await countPods(this.#parts, signal);
    for (const key of pods.unconfirmed) this.#parts.onUnconfirmed(key);
    const said = new Map(beliefs);
    for (const [key, more] of pods.beliefs) said.set(key, [...(said.get(key) ?? []), ...more]);
    const roles = await countRoles(this.#parts);
    said.set(CLUSTER, [...(said.get(CLUSTER) ?? []), ...roles.beliefs]);
    const all = new Set([...alive, ...pods.alive, ...roles.alive]);
    return { beliefs: said, alive: all, seats: pods.seats, inUse: pods.inUse };
  }

  /** Allocations report a dispute in their status; other holders have only their Events. */
  #reportDisputed(disputes: readonly Dispute[]): void {
    for (const { holder, number, by } of disputes) {
      if (!isPod(holder) && !isRole(holder)) continue;
      const { kind, namespace, name, uid } = holder;
      const apiVersion = isPod(holder) ? 'v1' : API_VERSION;
      const what = isPod(holder) ? 'this pod' : 'what this object holds';
      const about = { apiVersion, kind, namespace, name, uid };
      const message = `${printHolder(by.holder)} has number ${number} of ${what}, too: delete one of the two`;
      this.#parts.events.record(about, { type: 'Warning', reason: eventReasons.disputed, message });
    }
  }

  #reportBeyondQuota(claims: readonly Claim[]): void {
    for (const [uid, group] of Map.groupBy(claims, ({ holder }) => holder.uid)) {
      const [first] = group;
      if (first === undefined) continue;
      const { group: apiGroup, kind, namespace, name } = first.holder;
      const isOurs = apiGroup === GROUP;
      // The API version of other kinds isn't known; the log names all of them.
      if (!isOurs && !isPod(first.holder)) continue;
      const { reason, message } = refuse.beyondQuota(
        group.map(({ number }) => number),
        namespace,
        first.pool,
      );
      const apiVersion = isOurs ? API_VERSION : 'v1';
      const about = { apiVersion, kind, namespace, name, uid };
      this.#parts.events.record(about, { type: 'Warning', reason, message });
    }
  }

  #reportAdopted(claims: readonly Claim[]): void {
    for (const [uid, group] of Map.groupBy(claims, ({ holder }) => holder.uid)) {
      const [first] = group;
      if (first?.holder.group !== GROUP) continue;
      const { kind, namespace, name } = first.holder;
      const about = { apiVersion: API_VERSION, kind, namespace, name, uid };
      const numbers = group.map(({ number }) => number).join(', ');
      const message = `the ledger had lost ${numbers}; they are in it again`;
      this.#parts.events.record(about, { type: 'Warning', reason: eventReasons.adopted, message });
    }
  }
}
