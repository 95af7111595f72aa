import type { ValidatingAdmissionPolicy } from '../kube/index.ts';

/** What a ValidatingAdmissionPolicy checks. */
export type PolicySpec = ValidatingAdmissionPolicy['spec'];

/** A policy on pods, without what all of them share. */
export interface PodPolicy extends Required<Pick<PolicySpec, 'matchConditions' | 'variables' | 'validations'>> {
  readonly name: string;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly resources: readonly string[];
}
