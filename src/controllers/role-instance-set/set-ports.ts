import { roleLabels } from '../../api/index.ts';
import type { RoleInstanceSet } from '../../api/index.ts';
import { canonicalJson, formerAllocationsOf, isFormerPod, podsRun, runningPods } from '../../roles/index.ts';
import type { FormerAllocations, Held, Holdings, PodSelection, WhereToLook } from '../../roles/index.ts';
import { mayUsePorts } from '../../workload/index.ts';
import { portsOfComponents, roleScopedAnnotations, roleScopedRequests } from '../../workload/role/index.ts';
import type { Reason } from '../../kube/index.ts';

/** The ports that all instances of a set share. */
export interface PortsOfSet extends Held {
  /** Why the set can't proceed at all; undefined when it can. */
  readonly obstacle: Reason | undefined;
  /** How many numbers are missing. */
  readonly missing: number;
  /** The annotations of the set that show the numbers. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Holds the numbers that all instances of a set share, with the set as the holder. */
export class PortsOfSets {
  readonly #where: WhereToLook;
  readonly #holdings: Holdings;
  readonly #former: FormerAllocations;

  constructor(where: WhereToLook, holdings: Holdings, former: FormerAllocations) {
    this.#where = where;
    this.#holdings = holdings;
    this.#former = former;
  }

  /** Makes `set` hold the ports that its instances share, as far as possible, and returns what it holds. */
  async keep(set: RoleInstanceSet, wake: () => void, signal: AbortSignal): Promise<PortsOfSet> {
    const read = portsOfComponents(set.spec.template.spec.components);
    if (!read.ok) {
      const nothing = { numbers: new Map(), lacking: undefined, hasMore: false, keepsMore: true, missing: 0 };
      return { ...nothing, obstacle: read.error, annotations: {} };
    }
    const ports = roleScopedRequests(read.value);
    const held = await this.#holdings.keep(
      {
        object: set,
        ports,
        formerly: formerAllocationsOf(set),
        mayUseMore: () => this.#hasFormer(set, signal),
        wake,
      },
      signal,
    );
    const missing = ports.reduce((sum, { name, count }) => (held.numbers.has(name) ? sum : sum + count), 0);
    return { ...held, obstacle: undefined, missing, annotations: roleScopedAnnotations(read.value, held.numbers) };
  }

  /**
   * Releases the ports of a set that is gone.
   * @returns whether to try again: a pod that no watch will report still uses them
   */
  async leave(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    const { index } = this.#where;
    // The deletion of the last instance or the end of the last pod has the set reconciled again.
    if (index.instancesLabelled(namespace, name).length > 0) return false;
    if (index.podsOfSet(namespace, name).some(mayUsePorts)) return false;
    if (await this.#holdings.releaseGone({ kind: 'RoleInstanceSet', namespace, name }, signal)) return true;
    const names = formerAllocationsOf({ metadata: { name } });
    const left = this.#former.labelled(namespace, names, roleLabels.roleInstanceSet, name);
    if (left.length === 0) return false;
    if ((await runningPods(this.#where, { of: 'set', namespace, name }, signal)).length > 0) return true;
    for (const allocation of left) await this.#former.remove(allocation, signal);
    return false;
  }

  /**
   * Whether a pod may use ports that the template doesn't name any longer. An instance that keeps an earlier template needs its
   * ports for the pods that it has and for those that it will create.
   */
  async #hasFormer({ metadata, spec }: RoleInstanceSet, signal: AbortSignal): Promise<boolean> {
    const { components } = spec.template.spec;
    const today = canonicalJson(components);
    const { namespace, name } = metadata;
    const instances = this.#where.index.instancesLabelled(namespace, name);
    if (instances.some((instance) => canonicalJson(instance.spec.components) !== today)) return true;
    const of: PodSelection = { of: 'set', namespace, name };
    return podsRun(this.#where, of, (pod) => isFormerPod(pod, components), signal);
  }
}
