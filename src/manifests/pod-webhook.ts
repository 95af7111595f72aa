import {
  EXEMPT_NAMESPACES,
  WEBHOOK_CONFIGURATION_NAME,
  nodePortsLabel,
  webhookNames,
  WEBHOOK_SERVICE_NAME,
} from '../api/index.ts';
import type { AdmissionWebhook, WebhookClientConfig } from '../kube/index.ts';
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
  /** The path of each webhook by its name; absent: none is said. */
  readonly paths?: Readonly<Record<string, string>>;
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
 * Sends to the managers what they answer with a patch: new pods, and Bindings. `caBundle` is the managers' field, or
 * cert-manager's, and the path, which nobody else is to guess, is the managers', too: what isn't said here stays as they
 * wrote it.
 */
export function podWebhook(address: WebhookAddress): Manifest {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: WEBHOOK_CONFIGURATION_NAME, labels: ownLabels },
    webhooks: [onCreation(address), onBinding(address)],
  };
}

/** New pods that bear an annotation of ours, and no others. It fails closed: who asks for ports doesn't run without them. */
function onCreation(address: WebhookAddress): AdmissionWebhook {
  return {
    name: webhookNames.pods,
    clientConfig: clientConfig(address, webhookNames.pods),
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: 'Namespaced' }],
    matchPolicy: 'Equivalent',
    namespaceSelector: { matchExpressions: [notExempt(address)] },
    matchConditions: [{ name: 'asks-for-ports', expression: someAnnotation('object', isOurs) }],
    // A dry run shows numbers and keeps none.
    sideEffects: 'NoneOnDryRun',
    // A webhook after ours may add a container with ports.
    reinvocationPolicy: 'IfNeeded',
    failurePolicy: 'Fail',
    timeoutSeconds: 10,
    admissionReviewVersions: ['v1'],
  };
}

/**
 * Bindings in namespaces that are labelled for it, and no others: a Binding says nothing of its pod but its name, so that
 * it can't be seen from outside which pods want numbers of their node. It fails closed there.
 */
function onBinding(address: WebhookAddress): AdmissionWebhook {
  const { key, value } = nodePortsLabel;
  return {
    name: webhookNames.bindings,
    clientConfig: clientConfig(address, webhookNames.bindings),
    // The legacy resource binds all the same, and a rule for the subresource doesn't mean it.
    rules: ['pods/binding', 'bindings'].map((resource) => ({
      operations: ['CREATE'],
      apiGroups: [''],
      apiVersions: ['v1'],
      resources: [resource],
      scope: 'Namespaced',
    })),
    matchPolicy: 'Equivalent',
    namespaceSelector: { matchExpressions: [{ key, operator: 'In', values: [value] }, notExempt(address)] },
    sideEffects: 'NoneOnDryRun',
    reinvocationPolicy: 'IfNeeded',
    failurePolicy: 'Fail',
    timeoutSeconds: 5,
    admissionReviewVersions: ['v1'],
  };
}

function notExempt({ namespace }: WebhookAddress) {
  return { key: NAMESPACE_NAME, operator: 'NotIn', values: exemptNamespaces(namespace) } as const;
}

/** Where the API server calls the webhook that is called `name`. */
export function clientConfig({ namespace, url, paths = {} }: WebhookAddress, name: string): WebhookClientConfig {
  const path = paths[name];
  if (url !== undefined) return { url: `${url.replace(/\/+$/, '')}${path ?? ''}` };
  const service = { namespace, name: WEBHOOK_SERVICE_NAME, port: HTTPS_PORT };
  return { service: path === undefined ? service : { ...service, path } };
}
