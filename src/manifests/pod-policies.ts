import { bindingPolicy } from './binding-policy.ts';
import { frozenKeysPolicy } from './frozen-keys-policy.ts';
import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { optedInPolicy } from './opted-in-policy.ts';
import type { PodPolicy, PolicySpec } from './pod-policy.ts';

/**
 * The policies by which the API server itself checks pods and Bindings, each with its binding. Objects without keys of
 * Hostport are skipped by the match conditions.
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
