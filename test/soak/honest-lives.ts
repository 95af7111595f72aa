import { podAnnotations, roleLabels } from '../../src/api/index.ts';
import type { PortAllocation, PortAllocationManifest, RoleInstanceSet } from '../../src/api/index.ts';
import type { Draft, Pod } from '../../src/kube/index.ts';

const image = 'registry.k8s.io/pause:3.10';

function specOf(ports: NonNullable<Pod['spec']['containers'][number]['ports']>): Pod['spec'] {
  const spec = { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image, ports }] };
  return spec;
}

/** A pod that asks for two numbers. */
export function podOf(namespace: string, name: string): Draft<Pod> {
  const ports = [
    { name: 'game', containerPort: 7777, protocol: 'UDP' },
    { name: 'admin', containerPort: 8080 },
  ];
  return {
    metadata: { name, namespace, annotations: { [podAnnotations.enabled]: 'true' } },
    spec: specOf(ports),
  };
}

/** An allocation of one number. */
export function allocationOf(namespace: string, name: string): Draft<PortAllocation> {
  const spec: PortAllocationManifest['spec'] = { ports: [{ name: 'game' }] };
  return { metadata: { name, namespace }, spec } as unknown as Draft<PortAllocation>;
}

/** A pod that borrows the number of the allocation of its name. */
export function borrowerOf(namespace: string, name: string): Draft<Pod> {
  const annotations = { [podAnnotations.enabled]: 'true', [podAnnotations.allocation]: name };
  return {
    metadata: { name, namespace, annotations },
    spec: specOf([{ name: 'game', containerPort: 7777 }]),
  };
}

/** How many pods a set of {@link setOf} has. */
export const PODS_OF_SET = 2;

/** A set of two instances: each pod has a number of its own, and both share one. */
export function setOf(namespace: string, name: string): Draft<RoleInstanceSet> {
  const allocations = [
    { name: 'grpc', env: 'GRPC_PORT' },
    { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
  ];
  const template = { spec: specOf([]) };
  const spec = {
    replicas: PODS_OF_SET,
    template: { spec: { components: [{ name: 'leader', ports: { allocations }, template }] } },
  };
  return { metadata: { name, namespace }, spec } as unknown as Draft<RoleInstanceSet>;
}

/** Selects the pods of a set. */
export function podsOfSet(name: string): string {
  return `${roleLabels.roleInstanceSet}=${name}`;
}

/** What is wrong with what a pod was told: a sentence each. Each number of its spec is the one in its annotations. */
export function faultsOf({ metadata, spec }: Pod): readonly string[] {
  const who = `${metadata.namespace}/${metadata.name}`;
  return spec.containers
    .flatMap((container) => container.ports ?? [])
    .flatMap(({ name = '', hostPort = 0 }) => {
      const told = metadata.annotations?.[`${podAnnotations.allocatedPrefix}${name}`];
      const isRight = hostPort !== 0 && String(hostPort) === told;
      return isRight ? [] : [`${who} was told ${told ?? 'nothing'} for ${name}, and has ${hostPort}`];
    });
}

/** What is wrong with the pods of a set: each has its own number, all have the shared one. */
export function faultsOfSet(name: string, pods: readonly Pod[]): readonly string[] {
  const told = (port: string) => pods.map(({ spec }) => envOf(spec.containers, port));
  const [own, shared] = [told('GRPC_PORT'), told('HTTP_PORT')];
  const isRight =
    [...own, ...shared].every((number) => number !== undefined) &&
    new Set(own).size === pods.length &&
    new Set(shared).size === 1 &&
    !own.includes(shared[0]);
  return isRight ? [] : [`the pods of ${name} were told ${own.join(', ')} each and ${shared.join(', ')} together`];
}

function envOf(containers: Pod['spec']['containers'], name: string): string | undefined {
  return containers.flatMap(({ env = [] }) => env).find((each) => each.name === name)?.value;
}
