import { podAnnotations } from '../api/index.ts';
import { celText, isOurs, isOurWord, isResult, keysOn, listed, someAnnotation, someLabel } from './pod-annotations.ts';
import type { PodPolicy } from './pod-policy.ts';

const isRbgs = `key == ${celText(podAnnotations.rbgPortAllocator)}`;

/** CEL: the frozen keys of which two maps say different things. */
function changed(before: string, after: string, isFrozen: string): string {
  const differs = (one: string, other: string): string =>
    `${one}.filter(key, ${isFrozen} && !(key in ${other} && ${other}[key] == ${one}[key]))`;
  const isNew = `${after}.filter(key, ${isFrozen} && !(key in ${before}))`;
  return `${differs(before, after)} + ${isNew}`;
}

/**
 * What a pod says in our words, settings and results alike, it says from its creation to its end, whoever asks for a change:
 * numbers were given by it, adoption, lending and Services read it, and containers read it again at each restart. That goes
 * for pods that came without, too: one that says later that it wants ports would run without them. The managers change none
 * of it, either; numbers of nodes come with the Binding, which is no update of a pod. RoleBasedGroup writes its own keys on
 * its pods in place, so that its way to ask is frozen only where it was answered.
 */
export const frozenKeysPolicy: PodPolicy = {
  name: 'hostport-results',
  operation: 'UPDATE',
  // The status is a way to labels and annotations, too. The last two leave them alone, as API servers are today.
  resources: ['pods', 'pods/status', 'pods/ephemeralcontainers', 'pods/resize'],
  matchConditions: [
    // Most updates are of the status: for them this is all that is looked at, and it costs little however much a pod says.
    {
      name: 'changes-keys',
      expression: (['labels', 'annotations'] as const)
        .map((field) => `${keysOn('object', field)} != ${keysOn('oldObject', field)}`)
        .join(' || '),
    },
    {
      name: 'has-keys-of-ours',
      expression: (['object', 'oldObject'] as const)
        .flatMap((object) => [`(${someAnnotation(object, isOurs)})`, `(${someLabel(object, isOurWord)})`])
        .join(' || '),
    },
  ],
  variables: [
    { name: 'before', expression: keysOn('oldObject', 'annotations') },
    { name: 'after', expression: keysOn('object', 'annotations') },
    { name: 'labelsBefore', expression: keysOn('oldObject', 'labels') },
    { name: 'labelsAfter', expression: keysOn('object', 'labels') },
    { name: 'served', expression: `variables.before.exists(key, ${isResult})` },
    {
      name: 'annotations',
      expression: changed('variables.before', 'variables.after', `(${isOurWord} || (variables.served && ${isRbgs}))`),
    },
    { name: 'labels', expression: changed('variables.labelsBefore', 'variables.labelsAfter', isOurWord) },
    { name: 'changed', expression: 'variables.annotations + variables.labels' },
  ],
  validations: [
    {
      expression: 'size(variables.changed) == 0',
      message: 'what a pod says in the words of Hostport may not be changed',
      messageExpression:
        `${listed('variables.changed')} + " may not be added, changed or removed on a pod that is there: ports are given ` +
        `once, at its creation, and containers read them again at each restart; change the pod template, or delete the pod ` +
        `and create it anew"`,
      reason: 'Forbidden',
    },
  ],
};
