import { RoleInstances, RoleInstanceSets, roleLabels } from '../../../src/api/index.ts';
import type { RoleInstance, RoleInstanceSet, RoleInstanceSetManifest } from '../../../src/api/index.ts';
import { Pods, findCondition } from '../../../src/kube/index.ts';
import type { Condition, Pod } from '../../../src/kube/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

type Component = RoleInstanceSetManifest['spec']['template']['spec']['components'][number];

/** Longer than anything here takes on a busy machine. */
export const PATIENCE_MS = 60_000;

/** A container that sleeps; no fake node starts it. */
export const container = { name: 'main', image: 'registry.k8s.io/pause:3.10' };

/** A component of which the pods are on the network of the cluster. */
export function component(name: string, config: object | undefined, more: Partial<Component> = {}): Component {
  const annotations = config === undefined ? {} : { 'hostport.io/port-allocator': JSON.stringify(config) };
  return { name, template: { metadata: { annotations }, spec: { containers: [container] } }, ...more };
}

/** A set in namespace `default`. */
export function roleSet(
  name: string,
  components: readonly Component[],
  spec: Partial<RoleInstanceSetManifest['spec']> = {},
): RoleInstanceSetManifest {
  return {
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'RoleInstanceSet',
    metadata: { name, namespace: 'default' },
    spec: { ...spec, template: { spec: { components: [...components] } } },
  };
}

/** Sets, instances and pods of namespace `default`, as a user sees them. */
export class Sets {
  readonly #hostport: RunningHostport;

  constructor(hostport: RunningHostport) {
    this.#hostport = hostport;
  }

  find(name: string): Promise<RoleInstanceSet | undefined> {
    const { client, signal } = this.#hostport;
    return client.find(RoleInstanceSets, { namespace: 'default', name }, { signal });
  }

  findInstance(name: string): Promise<RoleInstance | undefined> {
    const { client, signal } = this.#hostport;
    return client.find(RoleInstances, { namespace: 'default', name }, { signal });
  }

  /** Instances of a set by label, in the order of their names. */
  async instances(set: string): Promise<readonly RoleInstance[]> {
    const labelSelector = `${roleLabels.roleInstanceSet}=${set}`;
    const { items } = await this.#hostport.client.list(RoleInstances, {
      namespace: 'default',
      labelSelector,
      signal: this.#hostport.signal,
    });
    return items.toSorted((left, right) => left.metadata.name.localeCompare(right.metadata.name));
  }

  /** Pods of a set by label, in the order of their names. */
  async pods(set: string): Promise<readonly Pod[]> {
    const labelSelector = `${roleLabels.roleInstanceSet}=${set}`;
    const { items } = await this.#hostport.client.list(Pods, {
      namespace: 'default',
      labelSelector,
      signal: this.#hostport.signal,
    });
    return items.toSorted((left, right) => left.metadata.name.localeCompare(right.metadata.name));
  }

  /** Waits until the set, as it is written now, has all of its instances, ready and up to date. */
  async complete(name: string, timeoutMs = PATIENCE_MS): Promise<RoleInstanceSet> {
    const isComplete = (set: RoleInstanceSet | undefined): boolean => {
      const { spec, status = {}, metadata } = set ?? {};
      return (
        status.observedGeneration === metadata?.generation &&
        status.replicas === spec?.replicas &&
        status.updatedReplicas === spec?.replicas &&
        findCondition(status.conditions, 'Ready')?.status === 'True'
      );
    };
    const what = `all instances of ${name} are ready and up to date`;
    const set = await this.#hostport.eventually(() => this.find(name), isComplete, what, timeoutMs);
    if (set === undefined) throw new Error(`${name} is gone`);
    return set;
  }

  /** Waits until the set says so. */
  async says(name: string, type: string, holds: (condition: Condition) => boolean): Promise<Condition> {
    const read = async (): Promise<Condition | undefined> =>
      findCondition((await this.find(name))?.status?.conditions, type);
    const isSaid = (condition: Condition | undefined): boolean => condition !== undefined && holds(condition);
    const said = await this.#hostport.eventually(read, isSaid, `${name} says ${type} as expected`, PATIENCE_MS);
    if (said === undefined) throw new Error('unreachable');
    return said;
  }

  /** A merge patch on the spec. */
  async edit(name: string, spec: object): Promise<void> {
    const { client, signal } = this.#hostport;
    await client.patch(RoleInstanceSets, { namespace: 'default', name }, { type: 'merge', body: { spec }, signal });
  }

  /** Numbers by what they are called in instances' annotations. */
  async numbers(set: string): Promise<Readonly<Record<string, string>>> {
    const all = (await this.instances(set)).map(({ metadata }) => metadata.annotations ?? {});
    return Object.assign({}, ...all) as Record<string, string>;
  }

  /** Waits until no pod of the set is there any more. */
  async gone(set: string, timeoutMs = PATIENCE_MS): Promise<void> {
    await this.#hostport.eventually(
      () => this.pods(set),
      ({ length }) => length === 0,
      `no pod of ${set}`,
      timeoutMs,
    );
  }
}

/** The environment of the first container. */
export function envOf(pod: Pod | undefined): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries((pod?.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
}
