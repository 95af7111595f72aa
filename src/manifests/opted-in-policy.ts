import { podAnnotations, webhookNames } from '../api/index.ts';
import { celText, celTexts, isOurs, isResult, listed, someAnnotation } from './pod-annotations.ts';
import type { PodPolicy } from './pod-policy.ts';
import { exemptNamespaces } from './pod-webhook.ts';

/** No pod that asks for ports runs without them: not where our webhook isn't called, and not where it isn't installed. */
export function optedInPolicy(namespace: string): PodPolicy {
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
          `"Hostport gives no ports in namespace " + request.namespace + ": remove " + ${listed('variables.asks')} + ` +
          `", or create the pod in another namespace"`,
      },
      {
        // Our webhook takes out what a pod brings along.
        expression: 'size(variables.results) == 0',
        message: 'Hostport alone writes its results',
        messageExpression: `"Hostport gave this pod no ports, and nobody else writes " + ${listed('variables.results')} + ": remove it"`,
      },
      {
        expression: `variables.exempt || ${asksNothing}`,
        message: 'the webhook of Hostport did not see a pod that asks for ports',
        messageExpression:
          `"the webhook ${webhookNames.pods} did not see this pod, which asks for ports with " + ` +
          `${listed('variables.asks')} + ": run \\"hostport install\\", and if another webhook writes the annotation, ` +
          `have it on the pod template instead"`,
      },
    ],
  };
}
