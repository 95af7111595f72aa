import { err, ok } from '../base/result.ts';
import { NodeReports } from './node-report.ts';
import { PortAllocations } from './port-allocation.ts';
import { portAllocatorConfig } from './port-allocator.ts';
import { PortPools } from './port-pool.ts';
import { RoleInstanceSets } from './role-instance-set.ts';
import { RoleInstances } from './role-instance.ts';
import type { z } from 'zod';
import type { Result } from '../base/result.ts';
import type { NodeReport } from './node-report.ts';
import type { PortAllocation } from './port-allocation.ts';
import type { PortAllocatorConfig } from './port-allocator.ts';
import type { PortPool } from './port-pool.ts';
import type { RoleInstanceSet } from './role-instance-set.ts';
import type { RoleInstance } from './role-instance.ts';

/** What is wrong with an object, a sentence for each fault, with the path of the field first. */
export type Faults = readonly string[];

/**
 * The pool in what the API server sent, defaults filled in. What Hostport doesn't know of is left out: never write the
 * result back as a whole.
 */
export function parsePortPool(object: unknown): Result<PortPool, Faults> {
  return parse(PortPools.schema, object);
}

/** The allocation in what the API server sent, as {@link parsePortPool} does it. */
export function parsePortAllocation(object: unknown): Result<PortAllocation, Faults> {
  return parse(PortAllocations.schema, object);
}

/** The set in what the API server sent, as {@link parsePortPool} does it; templates of pods are kept as they are. */
export function parseRoleInstanceSet(object: unknown): Result<RoleInstanceSet, Faults> {
  return parse(RoleInstanceSets.schema, object);
}

/** The instance in what the API server sent, as {@link parseRoleInstanceSet} does it. */
export function parseRoleInstance(object: unknown): Result<RoleInstance, Faults> {
  return parse(RoleInstances.schema, object);
}

/** The report in what the API server sent, as {@link parsePortPool} does it. */
export function parseNodeReport(object: unknown): Result<NodeReport, Faults> {
  return parse(NodeReports.schema, object);
}

/** What a pod asks for in the manner of RoleBasedGroup, as {@link parsePortPool} does it; unknown fields are faults. */
export function parsePortAllocatorConfig(value: unknown): Result<PortAllocatorConfig, Faults> {
  return parse(portAllocatorConfig, value);
}

function parse<S extends z.ZodType>(schema: S, object: unknown): Result<z.output<S>, Faults> {
  const parsed = schema.safeParse(object, { reportInput: true });
  return parsed.success ? ok(parsed.data) : err(parsed.error.issues.map(sentence));
}

function sentence({ path, message, code, input }: z.core.$ZodIssue): string {
  const text = code === 'invalid_type' && input === undefined ? 'is missing: write it' : message;
  return path.length === 0 ? text : `${pathText(path)}: ${text}`;
}

/** A path as the API server writes it: `spec.ranges[0]`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${String(step)}`))
    .join('');
}
