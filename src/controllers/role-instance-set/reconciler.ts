import { parseRoleInstanceSet } from '../../api/index.ts';
import type { RoleInstanceSet } from '../../api/index.ts';
import { keyOf, parseKey, referenceTo } from '../../kube/index.ts';
import {
  LOOK_FOR_PODS_MS,
  TRY_AGAIN_MS,
  canonicalJson,
  judge,
  makeServices,
  ownerReferenceTo,
  whileItLasts,
} from '../../roles/index.ts';
import type { RoleReconcilerParts } from '../../roles/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { gatherOwned, nextAvailableMs } from './gather.ts';
import { InstanceWriter } from './instance-writer.ts';
import { templateIn } from './revisions.ts';
import type { RevisionPlan } from './revisions.ts';
import { PortsOfSets } from './set-ports.ts';
import type { PortsOfSet } from './set-ports.ts';
import { shownChange } from './shown.ts';
import { planStep } from './step.ts';
import { computeStatus } from './computed-status.ts';
import { keepTemplates } from './templates.ts';

/** How often a set is reconciled without a change, in milliseconds: for a change that no watch showed. */
const LOOK_AGAIN_MS = 30_000;

/** The parts that the reconciler works with. */
export interface SetReconcilerParts extends RoleReconcilerParts {
  /** Called when the numbers that the instances of a set share have changed. */
  readonly onShared: (set: RoleInstanceSet) => void;
}

const faultsIn = judge(parseRoleInstanceSet);

/** Reconciles RoleInstanceSets: how many instances each has, their templates, and the ports that they share. */
export class RoleInstanceSetReconciler {
  readonly #parts: SetReconcilerParts;
  readonly #ports: PortsOfSets;
  readonly #writer: InstanceWriter;
  readonly #told = new Map<string, string>();

  constructor(parts: SetReconcilerParts) {
    this.#parts = parts;
    const { client, index } = parts;
    this.#ports = new PortsOfSets(parts, parts.holdings, parts.former);
    this.#writer = new InstanceWriter(client, index.caches);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { namespace = '', name } = parseKey(key);
    const set = this.#parts.index.caches.sets.get(namespace, name);
    if (set === undefined) {
      this.#told.delete(key);
      const isUsed = await this.#ports.leave(namespace, name, signal);
      return isUsed ? { kind: 'again', afterMs: LOOK_FOR_PODS_MS } : { kind: 'settled' };
    }
    // The garbage collector deletes the instances, or leaves them as the mode of the deletion says.
    if (set.metadata.deletionTimestamp !== undefined) return { kind: 'settled' };
    const faults = faultsIn(set);
    if (faults.length > 0) return { kind: 'stuck', cause: new Error(`${key}: ${faults.join('; ')}`) };
    return whileItLasts(() => this.#serve(set, signal));
  }

  async #serve(set: RoleInstanceSet, signal: AbortSignal): Promise<Outcome> {
    const { index, clock, enqueue, holdings } = this.#parts;
    await this.#writer.sort(set, gatherOwned(index, set), signal);
    const ports = await this.#ports.keep(set, () => enqueue(keyOf(set)), signal);
    this.#tellInstances(set, ports);
    await this.#show(set, ports, signal);
    await this.#makeServices(set, signal);
    const plan = await keepTemplates(index, this.#writer, set, signal);
    if (ports.obstacle === undefined) await this.#step(set, plan, signal);
    const owned = gatherOwned(index, set);
    const { status, note } = computeStatus(set, { owned, plan, ports, holdings, nowMs: clock.now() });
    if (canonicalJson(status) !== canonicalJson(set.status)) {
      await this.#writer.writeStatus(set, status, signal);
      if (note !== undefined) this.#parts.events.record(referenceTo(set), note);
    }
    if (ports.lacking?.reason === 'LedgerUnavailable') return { kind: 'again', afterMs: TRY_AGAIN_MS };
    const afterMs = nextAvailableMs(owned.members.values(), set, clock.now());
    return { kind: 'again', afterMs: afterMs ?? LOOK_AGAIN_MS };
  }

  /** Wakes the instances that wait for the shared numbers, once for each change of these. */
  #tellInstances(set: RoleInstanceSet, { numbers }: PortsOfSet): void {
    const text = canonicalJson([set.metadata.uid, ...numbers]);
    if (this.#told.get(keyOf(set)) === text) return;
    this.#told.set(keyOf(set), text);
    this.#parts.onShared(set);
  }

  /** Writes the shared numbers into the annotations of the set. */
  async #show(set: RoleInstanceSet, ports: PortsOfSet, signal: AbortSignal): Promise<void> {
    const { namespace, name } = set.metadata;
    const revisions = this.#parts.index.revisionsLabelled(namespace, name);
    const change = shownChange(
      set,
      ports,
      revisions.flatMap((revision) => templateIn(revision) ?? []),
    );
    if (change !== undefined) await this.#writer.annotate(set, change, signal);
  }

  async #makeServices(set: RoleInstanceSet, signal: AbortSignal): Promise<void> {
    const { client, index } = this.#parts;
    const { namespace } = set.metadata;
    const owner = { namespace, owner: ownerReferenceTo(set) };
    const { components } = set.spec.template.spec;
    await makeServices(owner, components, { client, services: index.caches.services }, signal);
  }

  async #step(set: RoleInstanceSet, plan: RevisionPlan, signal: AbortSignal): Promise<void> {
    const { index, clock, events } = this.#parts;
    const step = planStep(index, { set, plan, owned: gatherOwned(index, set), nowMs: clock.now() });
    await this.#writer.create(step.create, signal);
    await this.#writer.remove(step.remove, signal);
    await this.#writer.replace(step.replace, signal);
    if (step.note !== undefined) events.record(referenceTo(set), { type: 'Normal', ...step.note });
  }
}
