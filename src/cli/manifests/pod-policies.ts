import { MANAGER_NAME, podAnnotations, webhookNames } from '../../api/index.ts';
import type { ValidatingAdmissionPolicy } from '../../kube/index.ts';
import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { celText, celTexts, isOurs, isResult, someAnnotation } from './pod-annotations.ts';
import { exemptNamespaces } from './pod-webhook.ts';

type Spec = ValidatingAdmissionPolicy['spec'];

/** A policy on pods, without what all of them share. */
interface PodPolicy extends Required<Pick<Spec, 'matchConditions' | 'variables' | 'validations'>> {
  readonly name: string;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly resources: readonly string[];
}

/**
 * What the API server itself checks of pods, each policy with the binding that puts it in force. Pods without an annotation
 * of ours are let through by the match conditions, and what a Binding writes on its pod is no update of a pod.
 */
export function podPolicies(namespace: string): readonly Manifest[] {
  return [resultsPolicy(namespace), optedInPolicy(namespace)].flatMap(inForce);
}

function inForce({ name, operation, resources, ...checks }: PodPolicy): readonly Manifest[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name, labels: ownLabels };
  const rule = {
    operations: [operation],
    apiGroups: [''],
    apiVersions: ['v1'],
    resources,
    scope: 'Namespaced',
  } as const;
  const spec: Spec = {
    failurePolicy: 'Fail',
    matchConstraints: { matchPolicy: 'Equivalent', resourceRules: [rule] },
    ...checks,
  };
  return [
    { apiVersion, kind: 'ValidatingAdmissionPolicy', metadata, spec },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

/** Nobody but the managers changes what the managers told a pod. */
function resultsPolicy(namespace: string): PodPolicy {
  const manager = `system:serviceaccount:${namespace}:${MANAGER_NAME}`;
  const isChanged = '!(key in variables.after && variables.after[key] == variables.before[key])';
  const isNew = '!(key in variables.before)';
  return {
    name: 'hostport-results',
    operation: 'UPDATE',
    // The status is a way to annotations, too; the other subresources of pods leave them alone.
    resources: ['pods', 'pods/status'],
    matchConditions: [
      { name: 'not-by-the-managers', expression: `request.userInfo.username != ${celText(manager)}` },
      {
        name: 'has-results',
        expression: `(${someAnnotation('object', isResult)}) || (${someAnnotation('oldObject', isResult)})`,
      },
    ],
    variables: [
      { name: 'before', expression: annotationsOf('oldObject') },
      { name: 'after', expression: annotationsOf('object') },
      {
        name: 'changed',
        expression:
          `variables.before.filter(key, ${isResult} && ${isChanged}) + ` +
          `variables.after.filter(key, ${isResult} && ${isNew})`,
      },
    ],
    validations: [
      {
        expression: 'size(variables.changed) == 0',
        message: 'what Hostport told a pod may not be changed',
        messageExpression:
          `${list('variables.changed')} + " may not be added, changed or removed: Hostport alone writes it, and ` +
          `containers read it again at each restart"`,
        reason: 'Forbidden',
      },
    ],
  };
}

/** No pod that asks for ports runs without them: not where our webhook isn't called, and not where it isn't installed. */
function optedInPolicy(namespace: string): PodPolicy {
  const { enabled, allocation, portAllocator, rbgPortAllocator, requested } = podAnnotations;
  const others = celTexts([allocation, portAllocator, rbgPortAllocator]);
  // A webhook that is there refuses any other word.
  const isSwitchedOn = `key == ${celText(enabled)} && object.metadata.annotations[key] != "false"`;
  const asksNothing = 'size(variables.asks) == 0';
  const isExempt = `request.namespace in ${celTexts(exemptNamespaces(namespace))}`;
  const wasSeen = `has(object.metadata.annotations) && ${celText(requested)} in object.metadata.annotations`;
  return {
    name: 'hostport-opted-in',
    operation: 'CREATE',
    resources: ['pods'],
    matchConditions: [
      // Most pods that ask were served: for them this is all that is looked at.
      { name: 'not-served', expression: `${isExempt} || !(${wasSeen})` },
      { name: 'asks-for-ports', expression: someAnnotation('object', isOurs) },
    ],
    variables: [
      { name: 'exempt', expression: isExempt },
      {
        name: 'asks',
        expression: `object.metadata.annotations.filter(key, key in ${others} || (${isSwitchedOn}))`,
      },
      { name: 'results', expression: `object.metadata.annotations.filter(key, ${isResult})` },
    ],
    validations: [
      {
        expression: `!variables.exempt || ${asksNothing}`,
        message: 'Hostport gives no ports in this namespace',
        messageExpression:
          `"Hostport gives no ports in namespace " + request.namespace + ": remove " + ${list('variables.asks')} + ` +
          `", or create the pod in another namespace"`,
      },
      {
        expression: '!variables.exempt || size(variables.results) == 0',
        message: 'Hostport gives no ports in this namespace, and alone writes its results',
        messageExpression:
          `"Hostport gives no ports in namespace " + request.namespace + ", and nobody else writes " + ` +
          `${list('variables.results')} + ": remove it"`,
      },
      {
        expression: `variables.exempt || ${asksNothing}`,
        message: 'the webhook of Hostport did not see a pod that asks for ports',
        messageExpression:
          `"the webhook ${webhookNames.pods} did not see this pod, which asks for ports with " + ` +
          `${list('variables.asks')} + ": run \\"hostport install\\", and if another webhook writes the annotation, ` +
          `have it on the pod template instead"`,
      },
    ],
  };
}

function annotationsOf(object: 'object' | 'oldObject'): string {
  return `has(${object}.metadata.annotations) ? ${object}.metadata.annotations : {}`;
}

/** CEL: the keys in `variable`, as text. */
function list(variable: string): string {
  return `${variable}.join(", ")`;
}
