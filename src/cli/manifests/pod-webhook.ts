import {
  EXEMPT_NAMESPACES,
  WEBHOOK_CONFIGURATION_NAME,
  webhookNames,
  webhookPaths,
  WEBHOOK_SERVICE_NAME,
} from '../../api/index.ts';
import type { AdmissionWebhook, WebhookClientConfig } from '../../kube/index.ts';
import { WEBHOOK_PORT_NAME } from './deployment.ts';
import { managerLabels, ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { isOurs, someAnnotation } from './pod-annotations.ts';

/** Where the API server finds the managers. */
export interface WebhookAddress {
  /** Where the managers live. */
  readonly namespace: string;
  /** What comes before the path of each webhook; absent: the Service in {@link namespace}. */
  readonly url?: string | undefined;
}

const HTTPS_PORT = 443;

/** What a namespace is called, on each of them, by the API server itself. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** The namespaces whose pods are not ours to look at, when the managers live in `namespace`. */
export function exemptNamespaces(namespace: string): readonly string[] {
  return [...EXEMPT_NAMESPACES, namespace];
}

/** What leads the API server to the managers. */
export function webhookService(namespace: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: WEBHOOK_SERVICE_NAME, namespace, labels: ownLabels },
    spec: {
      selector: managerLabels,
      ports: [{ name: WEBHOOK_PORT_NAME, port: HTTPS_PORT, targetPort: WEBHOOK_PORT_NAME, protocol: 'TCP' }],
    },
  };
}

/**
 * Sends new pods that bear an annotation of ours to the managers, and no others. It fails closed: who asks for ports doesn't
 * run without them. `caBundle` is the managers' field, or cert-manager's: what isn't said here stays as they wrote it.
 */
export function podWebhook(address: WebhookAddress): Manifest {
  const webhook: AdmissionWebhook = {
    name: webhookNames.pods,
    clientConfig: clientConfig(address, webhookPaths.pods),
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: 'Namespaced' }],
    matchPolicy: 'Equivalent',
    namespaceSelector: {
      matchExpressions: [{ key: NAMESPACE_NAME, operator: 'NotIn', values: exemptNamespaces(address.namespace) }],
    },
    matchConditions: [{ name: 'asks-for-ports', expression: someAnnotation('object', isOurs) }],
    // A dry run shows numbers and keeps none.
    sideEffects: 'NoneOnDryRun',
    // A webhook after ours may add a container with ports.
    reinvocationPolicy: 'IfNeeded',
    failurePolicy: 'Fail',
    timeoutSeconds: 10,
    admissionReviewVersions: ['v1'],
  };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: WEBHOOK_CONFIGURATION_NAME, labels: ownLabels },
    webhooks: [webhook],
  };
}

/** Where the API server calls the webhook that is answered at `path`. */
export function clientConfig({ namespace, url }: WebhookAddress, path: string): WebhookClientConfig {
  return url === undefined
    ? { service: { namespace, name: WEBHOOK_SERVICE_NAME, path, port: HTTPS_PORT } }
    : { url: `${url.replace(/\/+$/, '')}${path}` };
}
