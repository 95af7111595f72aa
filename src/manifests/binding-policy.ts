import { nodePortsLabel } from '../api/index.ts';
import { celText, celTexts, isOurs, isOurWord, keysOn, listed, someAnnotation, someLabel } from './pod-annotations.ts';
import type { PodPolicy } from './pod-policy.ts';
import { exemptNamespaces } from './pod-webhook.ts';

/**
 * A Binding's labels and annotations go onto its pod past every check of pods. Where the managers are asked about Bindings,
 * they take out what others put there in our words, and write what the pod is told; policies see it afterwards. Everywhere
 * else, and of everything that they never write, nobody says anything in our words: else a published Service could be
 * made to point at any port of a node. Bindings of schedulers say nothing of the kind by themselves.
 */
export function bindingPolicy(namespace: string): PodPolicy {
  const { key, value } = nodePortsLabel;
  const label = `namespaceObject.metadata.labels[${celText(key)}] == ${celText(value)}`;
  const hasLabel =
    `has(namespaceObject.metadata.labels) && ${celText(key)} in namespaceObject.metadata.labels && ` + label;
  return {
    name: 'hostport-bindings',
    operation: 'CREATE',
    // The legacy resource binds all the same.
    resources: ['pods/binding', 'bindings'],
    matchConditions: [
      {
        name: 'has-keys-of-ours',
        expression: `(${someAnnotation('object', isOurs)}) || (${someLabel('object', isOurWord)})`,
      },
    ],
    variables: [
      {
        name: 'asked',
        expression: `!(request.namespace in ${celTexts(exemptNamespaces(namespace))}) && ${hasLabel}`,
      },
      {
        name: 'foreign',
        expression:
          `${keysOn('object', 'annotations')}.filter(key, ${isOurs} && !(variables.asked && ${isOurWord})) + ` +
          `${keysOn('object', 'labels')}.filter(key, ${isOurWord})`,
      },
    ],
    validations: [
      {
        expression: 'size(variables.foreign) == 0',
        message: 'a Binding says nothing in the words of Hostport',
        messageExpression: `"a Binding may not carry " + ${listed('variables.foreign')} + ": Hostport alone writes it, remove it"`,
        reason: 'Forbidden',
      },
    ],
  };
}
