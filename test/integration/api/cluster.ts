import { fileURLToPath } from 'node:url';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import { kubectlOf, succeed } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';

/** The root of the work tree. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** An API server that knows our kinds, and nothing that reconciles them. */
export interface SchemaCluster extends AsyncDisposable {
  readonly kubectl: Kubectl;
}

/** Starts one and applies `crds/`. */
export async function schemaCluster(): Promise<SchemaCluster> {
  const plane = await obtainControlPlane({ controllerManager: false, scheduler: false, kwok: false });
  const kubectl = kubectlOf(plane.kubeconfig);
  await succeed(kubectl(['apply', '-f', `${root}crds`]));
  await succeed(kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', `${root}crds`]));
  return { kubectl, [Symbol.asyncDispose]: () => plane.stop() };
}

/** A manifest of one of our kinds, as a person would write it. */
export function manifest(
  kind: 'PortPool' | 'PortAllocation' | 'RoleInstanceSet' | 'RoleInstance',
  name: string,
  spec: unknown,
): object {
  const namespace = kind === 'PortPool' ? {} : { namespace: 'default' };
  return { apiVersion: 'hostport.io/v1alpha1', kind, metadata: { name, ...namespace }, spec };
}
