import { bindingPolicy } from './binding-policy.ts';
import { frozenKeysPolicy } from './frozen-keys-policy.ts';
import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { optedInPolicy } from './opted-in-policy.ts';
import type { PodPolicy, PolicySpec } from './pod-policy.ts';

/**
 * What the API server itself checks of pods and of what is bound to nodes, each policy with the binding that puts it in
 * force. What says nothing in our words is let through by the match conditions.
 */
export function podPolicies(namespace: string): readonly Manifest[] {
  return [frozenKeysPolicy, bindingPolicy(namespace), optedInPolicy(namespace)].flatMap(inForce);
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
  const spec: PolicySpec = {
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
