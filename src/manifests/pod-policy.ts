import type { ValidatingAdmissionPolicy } from '../kube/index.ts';

/** The spec of a ValidatingAdmissionPolicy. */
export type PolicySpec = ValidatingAdmissionPolicy['spec'];

/** A policy on pods, without the parts that all of them share. */
export interface PodPolicy extends Required<Pick<PolicySpec, 'matchConditions' | 'variables' | 'validations'>> {
  readonly name: string;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly resources: readonly string[];
}
