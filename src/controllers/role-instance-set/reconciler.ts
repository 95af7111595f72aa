import { parseRoleInstanceSet } from '../../api/index.ts';
import type { RoleInstanceSet } from '../../api/index.ts';
import { parseKey } from '../../kube/index.ts';
import {
  LOOK_FOR_PODS_MS,
  canonicalJson,
  judge,
  makeServices,
  ownerReferenceTo,
  tell,
  whileItLasts,
} from '../../roles/index.ts';
import type { RoleReconcilerParts } from '../../roles/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { gatherCrew, nextAvailableMs } from './gather.ts';
import { Hands } from './hands.ts';
import { templateIn } from './revisions.ts';
import type { RevisionPlan } from './revisions.ts';
import { PortsOfSets } from './set-ports.ts';
import type { PortsOfSet } from './set-ports.ts';
import { shownChange } from './shown.ts';
import { planStep } from './step.ts';
import { survey } from './survey.ts';
import { keepTemplates } from './templates.ts';

/** While allocations or instances are on their way, somebody else tells of it; this is for what nobody told, in milliseconds. */
const LOOK_AGAIN_MS = 30_000;

const faultsIn = judge(parseRoleInstanceSet);

/** Keeps the instances of a RoleInstanceSet: their number, their template, the ports that they share. */
export class RoleInstanceSetReconciler {
  readonly #parts: RoleReconcilerParts;
  readonly #ports: PortsOfSets;
  readonly #hands: Hands;

  constructor(parts: RoleReconcilerParts) {
    this.#parts = parts;
    const { client, index } = parts;
    this.#ports = new PortsOfSets(parts);
    this.#hands = new Hands(client, index.caches);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { namespace = '', name } = parseKey(key);
    const set = this.#parts.index.caches.sets.get(namespace, name);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) {
      const isUsed = await this.#ports.leave(namespace, name, set?.metadata.uid, signal);
      return isUsed ? { kind: 'again', afterMs: LOOK_FOR_PODS_MS } : { kind: 'settled' };
    }
    const faults = faultsIn(set);
    if (faults.length > 0) return { kind: 'stuck', cause: new Error(`${key}: ${faults.join('; ')}`) };
    return whileItLasts(() => this.#serve(set, signal));
  }

  async #serve(set: RoleInstanceSet, signal: AbortSignal): Promise<Outcome> {
    const { index, clock } = this.#parts;
    await this.#hands.sort(set, gatherCrew(index, set), signal);
    const ports = await this.#ports.keep(set, signal);
    await this.#show(set, ports, signal);
    await this.#makeServices(set, signal);
    const plan = await keepTemplates(index, this.#hands, set, signal);
    if (ports.obstacle === undefined) await this.#step(set, plan, signal);
    const crew = gatherCrew(index, set);
    const { status, tale } = survey(index, set, { crew, plan, ports, nowMs: clock.now() });
    if (canonicalJson(status) !== canonicalJson(set.status)) {
      await this.#hands.writeStatus(set, status, signal);
      if (tale !== undefined) tell(this.#parts.events, set, tale);
    }
    const afterMs = nextAvailableMs(crew.members.values(), set, clock.now());
    return { kind: 'again', afterMs: afterMs ?? LOOK_AGAIN_MS };
  }

  /** Shows the numbers that all instances share. */
  async #show(set: RoleInstanceSet, ports: PortsOfSet, signal: AbortSignal): Promise<void> {
    const { namespace, name } = set.metadata;
    const revisions = this.#parts.index.revisionsLabelled(namespace, name);
    const change = shownChange(
      set,
      ports,
      revisions.flatMap((revision) => templateIn(revision) ?? []),
    );
    if (change !== undefined) await this.#hands.annotate(set, change, signal);
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
    const step = planStep(index, { set, plan, crew: gatherCrew(index, set), nowMs: clock.now() });
    await this.#hands.create(step.create, signal);
    await this.#hands.remove(step.remove, signal);
    await this.#hands.replace(step.replace, signal);
    if (step.tale !== undefined) tell(events, set, { type: 'Normal', ...step.tale });
  }
}
