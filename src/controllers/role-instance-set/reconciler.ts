import { parseRoleInstanceSet, roleLabels } from '../../api/index.ts';
import type { RoleInstanceSet } from '../../api/index.ts';
import { keyOf, parseKey, referenceTo } from '../../kube/index.ts';
import {
  LOOK_FOR_PODS_MS,
  TRY_AGAIN_MS,
  canonicalJson,
  createServices,
  faultsBy,
  releaseRemains,
  reportStatus,
  unlessGone,
} from '../../roles/index.ts';
import type { RoleReconcilerParts } from '../../roles/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { planStep } from './decide.ts';
import { gatherOwned, nextAvailableMs } from './gather.ts';
import { keepPorts, shownChange } from './ports.ts';
import type { SetPorts } from './ports.ts';
import { planRevisions, templateIn } from './revisions.ts';
import type { RevisionPlan } from './revisions.ts';
import { decideStatus } from './status.ts';
import { InstanceWriter } from './writer.ts';

/** How often a set is reconciled without a change, in milliseconds: for a change that no watch showed. */
const LOOK_AGAIN_MS = 30_000;

/** The parts that the reconciler works with. */
export interface SetReconcilerParts extends RoleReconcilerParts {
  /** Called when the numbers that the instances of a set share have changed. */
  readonly onShared: (set: RoleInstanceSet) => void;
}

const faultsIn = faultsBy(parseRoleInstanceSet);

/** Reconciles RoleInstanceSets: how many instances each has, their templates, and the ports that they share. */
export class RoleInstanceSetReconciler {
  readonly #parts: SetReconcilerParts;
  readonly #writer: InstanceWriter;
  /** By key of a set, the shared numbers that its instances were woken for. */
  readonly #announced = new Map<string, string>();

  constructor(parts: SetReconcilerParts) {
    this.#parts = parts;
    this.#writer = new InstanceWriter(parts.client, parts.index.caches);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { namespace = '', name } = parseKey(key);
    const set = this.#parts.index.caches.sets.get(namespace, name);
    if (set === undefined) {
      this.#announced.delete(key);
      const isLeft = await releaseRemains(this.#parts, { kind: 'RoleInstanceSet', namespace, name }, signal);
      return isLeft ? { kind: 'again', afterMs: LOOK_FOR_PODS_MS } : { kind: 'settled' };
    }
    // The garbage collector deletes the instances, or leaves them as the mode of the deletion says.
    if (set.metadata.deletionTimestamp !== undefined) return { kind: 'settled' };
    const faults = faultsIn(set);
    if (faults.length > 0) return { kind: 'stuck', cause: new Error(`${key}: ${faults.join('; ')}`) };
    return unlessGone(() => this.#serve(set, signal));
  }

  async #serve(set: RoleInstanceSet, signal: AbortSignal): Promise<Outcome> {
    const { index, clock, holdings, events } = this.#parts;
    const writer = this.#writer;
    await writer.adoptAndRelease(set, gatherOwned(index, set), signal);
    const ports = await keepPorts(this.#parts, set, signal);
    this.#announce(set, ports);
    await this.#show(set, ports, signal);
    await createServices(this.#parts, set, set.spec.template.spec.components, signal);
    const plan = await this.#keepRevisions(set, signal);
    if (ports.obstacle === undefined) await this.#step(set, plan, signal);
    const owned = gatherOwned(index, set);
    const status = decideStatus(set, { owned, plan, ports, holdings, nowMs: clock.now() });
    await reportStatus({ writer, events }, set, status, signal);
    if (ports.lacking?.reason === 'LedgerUnavailable') return { kind: 'again', afterMs: TRY_AGAIN_MS };
    const afterMs = nextAvailableMs(owned.members.values(), set, clock.now());
    return { kind: 'again', afterMs: afterMs ?? LOOK_AGAIN_MS };
  }

  /** Wakes the instances that wait for the shared numbers, once for each change of these. */
  #announce(set: RoleInstanceSet, { numbers }: SetPorts): void {
    const text = canonicalJson([set.metadata.uid, ...numbers]);
    if (this.#announced.get(keyOf(set)) === text) return;
    this.#announced.set(keyOf(set), text);
    this.#parts.onShared(set);
  }

  /** Writes the shared numbers into the annotations of the set. */
  async #show(set: RoleInstanceSet, ports: SetPorts, signal: AbortSignal): Promise<void> {
    const { namespace, name } = set.metadata;
    const revisions = this.#parts.index.revisionsLabelled(namespace, name);
    const change = shownChange(
      set,
      ports,
      revisions.flatMap((revision) => templateIn(revision) ?? []),
    );
    if (change !== undefined) await this.#writer.annotate(set, change, signal);
  }

  /** Writes the revisions of the templates of `set`. @returns which of them are current */
  async #keepRevisions(set: RoleInstanceSet, signal: AbortSignal): Promise<RevisionPlan> {
    const { index } = this.#parts;
    const { namespace, name, uid } = set.metadata;
    const orphans = index.revisionsLabelled(namespace, name).filter((each) => controllerOf(each) === undefined);
    await this.#writer.adoptRevisions(set, orphans, signal);
    const members = [...gatherOwned(index, set).members.values()];
    const inUse = members.map(({ metadata }) => metadata.labels?.[roleLabels.revision] ?? '');
    const plan = planRevisions({
      setName: name,
      template: set.spec.template,
      revisions: index.revisionsLabelled(namespace, name).filter((each) => controllerOf(each)?.uid === uid),
      isTaken: (each) => index.caches.revisions.get(namespace, each) !== undefined,
      inUse: new Set(inUse),
      currentRevision: set.status?.currentRevision,
      isRolledOut: (update) => inUse.every((revision) => revision === update),
    });
    await this.#writer.keepRevisions(set, plan, signal);
    return plan;
  }

  async #step(set: RoleInstanceSet, plan: RevisionPlan, signal: AbortSignal): Promise<void> {
    const { index, clock, events } = this.#parts;
    const { namespace, name } = set.metadata;
    const step = planStep({
      set,
      plan,
      revisions: index.revisionsLabelled(namespace, name),
      owned: gatherOwned(index, set),
      hasPods: (instance) => index.podsOf({ kind: 'RoleInstance', namespace, name: instance }).length > 0,
      nowMs: clock.now(),
    });
    await this.#writer.create(step.create, signal);
    await this.#writer.remove(step.remove, signal);
    await this.#writer.replace(step.replace, signal);
    if (step.note !== undefined) events.record(referenceTo(set), { type: 'Normal', ...step.note });
  }
}
