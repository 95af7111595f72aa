import {
  GROUP,
  podAnnotations,
  RoleInstanceSets,
  VERSION,
  WEBHOOK_CONFIGURATION_NAME,
  webhookNames,
} from '../api/index.ts';
import type { AdmissionWebhook } from '../kube/index.ts';
import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { celTexts } from './pod-annotations.ts';
import { clientConfig } from './pod-webhook.ts';
import type { WebhookAddress } from './pod-webhook.ts';

/** CEL: whether a component of the set asks for ports, by annotation or field. */
const asksForPorts = (() => {
  const metadata = 'component.template.metadata';
  const texts = celTexts([podAnnotations.portAllocator, podAnnotations.rbgPortAllocator]);
  const annotated = `has(${metadata}) && has(${metadata}.annotations) && ${metadata}.annotations.exists(key, key in ${texts})`;
  return `object.spec.template.spec.components.exists(component, has(component.ports) || (${annotated}))`;
})();

/**
 * Sends sets with ports to the managers, and no others: faults that a schema can't see are refused before the set is
 * stored. A change that leaves the spec alone isn't reviewed, so that no one waits for a manager to remove a finalizer.
 */
export function roleInstanceSetWebhook(address: WebhookAddress): Manifest {
  const webhook: AdmissionWebhook = {
    name: webhookNames.roleInstanceSets,
    clientConfig: clientConfig(address, webhookNames.roleInstanceSets),
    rules: [
      {
        operations: ['CREATE', 'UPDATE'],
        apiGroups: [GROUP],
        apiVersions: [VERSION],
        resources: [RoleInstanceSets.plural],
        scope: 'Namespaced',
      },
    ],
    matchPolicy: 'Equivalent',
    matchConditions: [
      { name: 'asks-for-ports', expression: asksForPorts },
      { name: 'changes-spec', expression: "request.operation == 'CREATE' || object.spec != oldObject.spec" },
    ],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    timeoutSeconds: 5,
    admissionReviewVersions: ['v1'],
  };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: WEBHOOK_CONFIGURATION_NAME, labels: ownLabels },
    webhooks: [webhook],
  };
}
