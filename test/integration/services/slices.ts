import { EndpointSlices, parseKey } from '../../../src/kube/index.ts';
import type { EndpointSlice } from '../../../src/kube/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

/** Ours carry it as the value of the label that says who manages them. */
export const OURS = 'hostport.io';
/** Kubernetes' own. */
export const BUILT_IN = 'endpointslice-controller.k8s.io';

/** A Service with one port, `web`, that its pods call `http`. */
export function serviceOf(
  name: string,
  annotations: Readonly<Record<string, string>>,
  spec: object = {},
  namespace = 'default',
): object {
  const own = Object.entries(annotations).map(([key, text]) => [`hostport.io/${key}`, text]);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, annotations: Object.fromEntries(own) as Record<string, string> },
    spec: { ports: [{ name: 'web', port: 80, targetPort: 'http' }], ...spec },
  };
}

/** The EndpointSlices that `manager` keeps of a Service: `name`, or `namespace/name`. */
export async function slicesOf(
  { client, signal }: RunningHostport,
  service: string,
  manager = OURS,
): Promise<readonly EndpointSlice[]> {
  const { namespace = 'default', name } = parseKey(service);
  const labelSelector = `kubernetes.io/service-name=${name},endpointslice.kubernetes.io/managed-by=${manager}`;
  return (await client.list(EndpointSlices, { namespace, labelSelector, signal })).items;
}

/** Where clients find the pods: `pod address:number`, with `!` behind where it isn't ready; in order. */
export function placesIn(slices: readonly EndpointSlice[]): readonly string[] {
  return slices
    .flatMap(({ endpoints, ports }) =>
      (endpoints ?? []).map(({ addresses, conditions, targetRef }) => {
        const numbers = (ports ?? []).map(({ port }) => port).join();
        return `${targetRef?.name} ${addresses.join()}:${numbers}${conditions?.ready === true ? '' : '!'}`;
      }),
    )
    .toSorted();
}

/** Waits until the slices that `manager` keeps say just these places; gives the slices. */
export function whenPlaces(
  hostport: RunningHostport,
  service: string,
  expected: readonly string[],
  manager = OURS,
): Promise<readonly EndpointSlice[]> {
  const wanted = JSON.stringify(expected.toSorted());
  const holds = (slices: readonly EndpointSlice[]): boolean => JSON.stringify(placesIn(slices)) === wanted;
  return hostport.eventually(
    () => slicesOf(hostport, service, manager),
    holds,
    `the slices of ${service} say ${wanted}`,
  );
}
