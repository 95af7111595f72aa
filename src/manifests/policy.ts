import type { ValidatingAdmissionPolicy } from '../kube/index.ts';
import { ADMISSION, ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

type PolicySpec = ValidatingAdmissionPolicy['spec'];

/** A policy on pods, without the parts that all of them share. */
export interface PodPolicy extends Required<Pick<PolicySpec, 'matchConditions' | 'variables' | 'validations'>> {
  readonly name: string;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly resources: readonly string[];
}

/** A policy, and the binding by which the API server refuses what the policy doesn't allow. */
export function policyManifests(name: string, spec: PolicySpec): readonly Manifest[] {
  const metadata = { name, labels: ownLabels };
  return [
    { apiVersion: `${ADMISSION}/v1`, kind: 'ValidatingAdmissionPolicy', metadata, spec },
    {
      apiVersion: `${ADMISSION}/v1`,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

/** A policy on pods, and its binding. */
export function podPolicyManifests({ name, operation, resources, ...checks }: PodPolicy): readonly Manifest[] {
  const rule = {
    operations: [operation],
    apiGroups: [''],
    apiVersions: ['v1'],
    resources,
    scope: 'Namespaced',
  } as const;
  return policyManifests(name, {
    failurePolicy: 'Fail',
    matchConstraints: { matchPolicy: 'Equivalent', resourceRules: [rule] },
    ...checks,
  });
}
