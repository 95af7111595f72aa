import { exemptNamespaces, nodePortsLabel } from '../api/index.ts';
import { celJoined, celList, celString, hasOwnPrefix, isOwnKey, mapOf, someAnnotation, someLabel } from './cel.ts';
import type { PodPolicy } from './policy.ts';

/**
 * The labels and annotations of a Binding are copied onto its pod past every check of pods. In labelled namespaces the
 * managers review Bindings: they remove keys of Hostport that others wrote, and write the pod's results; policies see
 * the Binding afterwards. Everywhere else, and for keys that the managers never write, no one may use keys of Hostport
 * on a Binding: otherwise a published Service could be pointed at any port of a node. Bindings of schedulers contain no
 * such keys.
 */
export function bindingPolicy(namespace: string): PodPolicy {
  const { key, value } = nodePortsLabel;
  const label = `namespaceObject.metadata.labels[${celString(key)}] == ${celString(value)}`;
  const hasLabel =
    `has(namespaceObject.metadata.labels) && ${celString(key)} in namespaceObject.metadata.labels && ` + label;
  return {
    name: 'hostport-bindings',
    operation: 'CREATE',
    // The legacy resource binds as well.
    resources: ['pods/binding', 'bindings'],
    matchConditions: [
      {
        name: 'has-keys-of-ours',
        expression: `(${someAnnotation('object', isOwnKey)}) || (${someLabel('object', hasOwnPrefix)})`,
      },
    ],
    variables: [
      {
        name: 'asked',
        expression: `!(request.namespace in ${celList(exemptNamespaces(namespace))}) && ${hasLabel}`,
      },
      {
        name: 'foreign',
        expression:
          `${mapOf('object', 'annotations')}.filter(key, ${isOwnKey} && !(variables.asked && ${hasOwnPrefix})) + ` +
          `${mapOf('object', 'labels')}.filter(key, ${hasOwnPrefix})`,
      },
    ],
    validations: [
      {
        expression: 'size(variables.foreign) == 0',
        message: 'a Binding says nothing in the words of Hostport',
        messageExpression: `"a Binding may not carry " + ${celJoined('variables.foreign')} + ": Hostport alone writes it, remove it"`,
        reason: 'Forbidden',
      },
    ],
  };
}
