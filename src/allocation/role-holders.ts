import { GROUP, RoleInstances, RoleInstanceSets, roleLabels } from '../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../api/index.ts';
import { OPEN } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { ok } from '../base/result.ts';
import { holder, passOn, takeOver } from '../core/index.ts';
import type { Domain, Holder } from '../core/index.ts';
import { Pods } from '../kube/index.ts';
import type { ClusterClient, KubeObject, Pod } from '../kube/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { HolderKind } from './liveness.ts';

/** The kinds that hold the numbers of the pods that they create. */
export type RoleKind = 'RoleInstance' | 'RoleInstanceSet';

/** Identifies a role: of a deleted object only the name may be known. */
export interface RoleName {
  readonly kind: RoleKind;
  readonly namespace: string;
  readonly name: string;
}

/** A role as a holder of numbers: an instance holds those of its pods, a set those that all of its pods share. */
export function roleHolder({ kind, namespace, name }: RoleName, uid: string): Holder {
  return holder({ group: GROUP, kind, namespace, name, uid });
}

/** `object` as a holder. */
export function holderOfRole({ kind, metadata }: RoleInstance | RoleInstanceSet): Holder {
  return roleHolder({ kind, namespace: metadata.namespace, name: metadata.name }, metadata.uid);
}

/**
 * The keys of the holders whose numbers stay taken while the pod runs: its instance and its set, by the labels that it
 * was created with, which nobody can change. Forged labels count, too: a label reaches only the pod's namespace, and can
 * only keep a number taken.
 */
export function rolesOfPod({ metadata }: KubeObject): readonly string[] {
  const { namespace = '', labels = {} } = metadata;
  const keyOf = (kind: RoleKind, name: string | undefined): readonly string[] =>
    name === undefined ? [] : [roleHolder({ kind, namespace, name }, '').key];
  return [
    ...keyOf('RoleInstance', labels[roleLabels.roleInstance]),
    ...keyOf('RoleInstanceSet', labels[roleLabels.roleInstanceSet]),
  ];
}

/**
 * The name of the PortAllocation in which an earlier version kept the numbers of a role's pods, or those that all pods
 * share.
 */
export function formerAllocation(name: string, of: 'pods' | 'role'): string {
  return `${name}.${of}`;
}

/** The keys of the allocations that an earlier version made for the instance and the set of a pod. */
export function formerRolesOfPod({ metadata }: KubeObject): readonly string[] {
  const { namespace = '', labels = {} } = metadata;
  const instance = labels[roleLabels.roleInstance];
  if (instance === undefined) return [];
  const set = labels[roleLabels.roleInstanceSet] ?? instance;
  return [formerAllocation(instance, 'pods'), formerAllocation(set, 'role')].map(
    (name) => holder({ group: GROUP, kind: 'PortAllocation', namespace, name, uid: '' }).key,
  );
}

/**
 * How to find out whether a role is gone. Its numbers stay in use as long as a pod with its label runs; those of a set
 * also as long as one of its instances exists, because an instance may exist without its set.
 * @param isRunning whether a pod may still use its ports
 */
export function roleKinds(isRunning: (pod: Pod) => boolean): readonly HolderKind[] {
  const podsOf = async (client: ClusterClient, labelSelector: string, namespace: string, signal: AbortSignal) => {
    const { items } = await client.list(Pods, { namespace, labelSelector, signal, keep: isRunning });
    return items.length > 0;
  };
  return [
    {
      type: RoleInstances,
      isSurvived: (client, { namespace, name }, signal) =>
        podsOf(client, `${roleLabels.roleInstance}=${name}`, namespace, signal),
    },
    {
      type: RoleInstanceSets,
      isSurvived: async (client, { namespace, name }, signal) => {
        const labelSelector = `${roleLabels.roleInstanceSet}=${name}`;
        if (await podsOf(client, labelSelector, namespace, signal)) return true;
        return (await client.list(RoleInstances, { namespace, labelSelector, signal })).items.length > 0;
      },
    },
  ];
}

/**
 * Has a role take over numbers: those of an earlier object of its name, or those of an allocation that an earlier version
 * made for it (ADR 24).
 */
export class Takeover {
  readonly #ledger: Ledger;
  readonly #fence: Fence;

  /** @param fence nothing is written once it is closed */
  constructor(ledger: Ledger, fence: Fence = OPEN) {
    this.#ledger = ledger;
    this.#fence = fence;
  }

  /**
   * Has `successor` hold everything that earlier objects of its name hold; `gone` are the UIDs of those that no longer
   * exist, according to the API server.
   * @throws if the ledger can't be written
   */
  async passOn(gone: ReadonlySet<string>, successor: Holder, signal: AbortSignal): Promise<void> {
    await this.#commit((domain) => passOn(domain, gone, successor), signal);
  }

  /**
   * Writes claims of `successor` beside those of `lender` for `ports`: either holder may be released first.
   * @throws if the ledger can't be written
   */
  async takeOver(lender: Holder, successor: Holder, ports: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    await this.#commit((domain) => takeOver(domain, lender, successor, ports), signal);
  }

  async #commit(change: (domain: Domain) => void, signal: AbortSignal): Promise<void> {
    const work = (domain: Domain) => {
      change(domain);
      return ok(undefined);
    };
    const done = await this.#ledger.commit(CLUSTER, work, { signal, fence: this.#fence });
    if (!done.ok) throw new Error(done.error.message);
  }
}
