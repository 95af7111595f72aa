import { exemptNamespaces, podAnnotations, webhookNames } from '../api/index.ts';
import { celJoined, celList, celString, isOwnKeyOfNewPod, isRbgKeyForUs, isResult, someAnnotation } from './cel.ts';
import type { PodPolicy } from './policy.ts';

/** No pod that asks for ports runs without them: neither where the webhook isn't called, nor where it isn't installed. */
export function optedInPolicy(namespace: string): PodPolicy {
  const { enabled, allocation, portAllocator, requested } = podAnnotations;
  const others = celList([allocation, portAllocator]);
  // The webhook refuses any other value.
  const isSwitchedOn = `key == ${celString(enabled)} && object.metadata.annotations[key] != "false"`;
  const asksNothing = 'size(variables.asks) == 0';
  const isExempt = `request.namespace in ${celList(exemptNamespaces(namespace))}`;
  const wasSeen = `has(object.metadata.annotations) && ${celString(requested)} in object.metadata.annotations`;
  return {
    name: 'hostport-opted-in',
    operation: 'CREATE',
    resources: ['pods'],
    matchConditions: [
      // Most pods that ask were served: for those only this is evaluated.
      { name: 'not-served', expression: `${isExempt} || !(${wasSeen})` },
      { name: 'asks-for-ports', expression: someAnnotation('object', isOwnKeyOfNewPod) },
    ],
    variables: [
      { name: 'exempt', expression: isExempt },
      {
        name: 'asks',
        expression: `object.metadata.annotations.filter(key, key in ${others} || ${isRbgKeyForUs} || (${isSwitchedOn}))`,
      },
      { name: 'results', expression: `object.metadata.annotations.filter(key, ${isResult})` },
    ],
    validations: [
      {
        expression: `!variables.exempt || ${asksNothing}`,
        message: 'Hostport gives no ports in this namespace',
        messageExpression:
          `"Hostport gives no ports in namespace " + request.namespace + ": remove " + ${celJoined('variables.asks')} + ` +
          `", or create the pod in another namespace"`,
      },
      {
        // The webhook removes results that a pod brings along.
        expression: 'size(variables.results) == 0',
        message: 'Hostport alone writes its results',
        messageExpression: `"Hostport gave this pod no ports, and nobody else writes " + ${celJoined('variables.results')} + ": remove it"`,
      },
      {
        expression: `variables.exempt || ${asksNothing}`,
        message: 'the webhook of Hostport did not see a pod that asks for ports',
        messageExpression:
          `"the webhook ${webhookNames.pods} did not see this pod, which asks for ports with " + ` +
          `${celJoined('variables.asks')} + ": run \\"hostport install\\", and if another webhook writes the annotation, ` +
          `have it on the pod template instead"`,
      },
    ],
  };
}
