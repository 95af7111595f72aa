import type { Pod } from '../../../src/kube/index.ts';
import { asking, container, pod, port } from '../workload/pods.ts';

/** A pod that asks for one port. */
export const asked: Pod = pod([container('server', [port('http', 8080)])], {
  annotations: asking({ enabled: 'true' }),
});

/** An AdmissionReview of the creation of `object`, as API servers send it. */
export function reviewOf(object: unknown, request: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'arena',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['system:authenticated'] },
      dryRun: false,
      object,
      ...request,
    },
  };
}
