import { podAnnotations } from '../api/index.ts';
import { celJoined, celString, hasOwnPrefix, isOwnKey, isResult, mapOf, someAnnotation, someLabel } from './cel.ts';
import type { PodPolicy } from './policy.ts';

const isRbgs = `key == ${celString(podAnnotations.rbgPortAllocator)}`;

/** CEL: the frozen keys with different values in two maps. */
function changed(before: string, after: string, isFrozen: string): string {
  const differs = (one: string, other: string): string =>
    `${one}.filter(key, ${isFrozen} && !(key in ${other} && ${other}[key] == ${one}[key]))`;
  const isNew = `${after}.filter(key, ${isFrozen} && !(key in ${before}))`;
  return `${differs(before, after)} + ${isNew}`;
}

/**
 * Keys of Hostport on a pod, settings and results alike, are frozen from its creation to its end, whoever asks for a
 * change: numbers were assigned by them; adoption, lending and Services read them; and containers read them again at
 * each restart. A pod that was created without them can't get them later, because it would run without ports. The
 * managers don't change them either; numbers of nodes come with the Binding, which isn't an update of the pod.
 * RoleBasedGroup writes its own key on its pods in place, so that key is frozen only on pods with results.
 */
export const frozenKeysPolicy: PodPolicy = {
  name: 'hostport-results',
  operation: 'UPDATE',
  // Labels and annotations can be written through `status`, too. The last two subresources leave them alone in present
  // API servers.
  resources: ['pods', 'pods/status', 'pods/ephemeralcontainers', 'pods/resize'],
  matchConditions: [
    // Most updates concern the status: for those only this is evaluated, at little cost however many keys a pod has.
    {
      name: 'changes-keys',
      expression: (['labels', 'annotations'] as const)
        .map((field) => `${mapOf('object', field)} != ${mapOf('oldObject', field)}`)
        .join(' || '),
    },
    {
      name: 'has-keys-of-ours',
      expression: (['object', 'oldObject'] as const)
        .flatMap((object) => [`(${someAnnotation(object, isOwnKey)})`, `(${someLabel(object, hasOwnPrefix)})`])
        .join(' || '),
    },
  ],
  variables: [
    { name: 'before', expression: mapOf('oldObject', 'annotations') },
    { name: 'after', expression: mapOf('object', 'annotations') },
    { name: 'labelsBefore', expression: mapOf('oldObject', 'labels') },
    { name: 'labelsAfter', expression: mapOf('object', 'labels') },
    { name: 'served', expression: `variables.before.exists(key, ${isResult})` },
    {
      name: 'annotations',
      expression: changed(
        'variables.before',
        'variables.after',
        `(${hasOwnPrefix} || (variables.served && ${isRbgs}))`,
      ),
    },
    { name: 'labels', expression: changed('variables.labelsBefore', 'variables.labelsAfter', hasOwnPrefix) },
    { name: 'changed', expression: 'variables.annotations + variables.labels' },
  ],
  validations: [
    {
      expression: 'size(variables.changed) == 0',
      message: 'what a pod says in the words of Hostport may not be changed',
      messageExpression:
        `${celJoined('variables.changed')} + " may not be added, changed or removed on a pod that is there: ports are given ` +
        `once, at its creation, and containers read them again at each restart; change the pod template, or delete the pod ` +
        `and create it anew"`,
      reason: 'Forbidden',
    },
  ],
};
