import {
  exemptNamespaces,
  GROUP,
  nodePortsLabel,
  podAnnotations,
  RoleInstanceSets,
  VERSION,
  WEBHOOK_CONFIGURATION_NAME,
  WEBHOOK_SERVICE_NAME,
  webhookNames,
} from '../api/index.ts';
import type { AdmissionWebhook, WebhookClientConfig } from '../kube/index.ts';
import { celList, isOwnKeyOfNewPod, someAnnotation } from './cel.ts';
import { WEBHOOK_PORT_NAME } from './manager-workload.ts';
import { ADMISSION, managerLabels, ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/** The address of the managers' webhooks. */
export interface WebhookAddress {
  /** The namespace of the managers. */
  readonly namespace: string;
  /** The URL before the path of each webhook; absent: the Service in {@link namespace}. */
  readonly url?: string | undefined;
  /** The path of each webhook by its name; absent: none is written. */
  readonly paths?: Readonly<Record<string, string>>;
}

const HTTPS_PORT = 443;

/** The label with the name of a namespace, which the API server puts on each of them. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** The Service through which the API server reaches the managers. */
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
 * Sends new pods and Bindings to the managers, which answer with a patch. `caBundle` (unless cert-manager writes it)
 * and the path, which is a secret, are fields of the managers: they aren't written here, so they stay.
 */
export function podWebhook(address: WebhookAddress): Manifest {
  return {
    apiVersion: `${ADMISSION}/v1`,
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: WEBHOOK_CONFIGURATION_NAME, labels: ownLabels },
    webhooks: [onCreation(address), onBinding(address)],
  };
}

/**
 * Reviews new pods with an annotation of Hostport, and no others. Pods of RoleBasedGroup, which has an annotation in
 * common with Hostport, aren't reviewed. It fails closed: a pod that asks for ports doesn't run without them.
 */
function onCreation(address: WebhookAddress): AdmissionWebhook {
  return {
    name: webhookNames.pods,
    clientConfig: clientConfig(address, webhookNames.pods),
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: 'Namespaced' }],
    matchPolicy: 'Equivalent',
    namespaceSelector: { matchExpressions: [notExempt(address)] },
    matchConditions: [{ name: 'asks-for-ports', expression: someAnnotation('object', isOwnKeyOfNewPod) }],
    // A dry run shows numbers and stores nothing.
    sideEffects: 'NoneOnDryRun',
    // A later webhook may add a container with ports.
    reinvocationPolicy: 'IfNeeded',
    failurePolicy: 'Fail',
    timeoutSeconds: 10,
    admissionReviewVersions: ['v1'],
  };
}

/**
 * Reviews Bindings in labelled namespaces, and no others: a Binding contains only the name of its pod, so it doesn't show
 * whether the pod needs numbers of its node. It fails closed there.
 */
function onBinding(address: WebhookAddress): AdmissionWebhook {
  const { key, value } = nodePortsLabel;
  return {
    name: webhookNames.bindings,
    clientConfig: clientConfig(address, webhookNames.bindings),
    // The legacy resource binds as well, and a rule for the subresource doesn't include it.
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

/** CEL: whether a component of the set asks for ports, by annotation or field. */
const asksForPorts = (() => {
  const metadata = 'component.template.metadata';
  const texts = celList([podAnnotations.portAllocator, podAnnotations.rbgPortAllocator]);
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
    apiVersion: `${ADMISSION}/v1`,
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: WEBHOOK_CONFIGURATION_NAME, labels: ownLabels },
    webhooks: [webhook],
  };
}

/** The client configuration of the webhook `name`. */
function clientConfig({ namespace, url, paths = {} }: WebhookAddress, name: string): WebhookClientConfig {
  const path = paths[name];
  if (url !== undefined) return { url: `${url.replace(/\/+$/, '')}${path ?? ''}` };
  const service = { namespace, name: WEBHOOK_SERVICE_NAME, port: HTTPS_PORT };
  return { service: path === undefined ? service : { ...service, path } };
}
