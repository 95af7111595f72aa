import { createHash } from 'node:crypto';
import { API_VERSION, labels, summarize } from '../api/index.ts';
import type { PortAllocation, RoleInstance, RoleInstanceSet } from '../api/index.ts';
import { NO_POOL } from '../core/index.ts';
import type { Claim, GrantedPort, Holder } from '../core/index.ts';
import type { ControllerReference, Draft } from '../kube/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import type { Allocation } from './allocator.ts';
import { domainOf, givenOf } from './ask.ts';
import { controllerHolder, ordinalHolder, ordinalIn } from './pod-holders.ts';
import { holderOfRole } from './role-holders.ts';

/** The longest name of an object. */
const LONGEST_NAME = 253;

/** The subject of a record: an object of the API, and its holder in the ledger. */
export interface RecordSubject {
  readonly object: ControllerReference;
  readonly holder: Holder;
  /** The domain of its numbers. */
  readonly domain: DomainKey;
}

/** The subject of the record of a set or an instance. */
export function roleSubject(object: RoleInstance | RoleInstanceSet): RecordSubject {
  const { kind, metadata } = object;
  return {
    object: { apiVersion: API_VERSION, kind, name: metadata.name, uid: metadata.uid },
    holder: holderOfRole(object),
    domain: CLUSTER,
  };
}

/** `claims` of one holder, as an allocation shows them. */
export function allocationOf(claims: readonly Claim[]): Allocation {
  const ports = [...Map.groupBy(claims, ({ port }) => port)].map(([name, group]): GrantedPort => {
    const number = Math.min(...group.map((claim) => claim.number));
    const { protocols, address } = group[0] ?? { protocols: 0, address: '' };
    return { name, protocols, address, number, count: new Set(group.map((claim) => claim.number)).size };
  });
  const pool = claims.find((claim) => claim.pool !== NO_POOL)?.pool ?? NO_POOL;
  return { poolName: pool, ports: ports.toSorted((left, right) => left.number - right.number) };
}

/**
 * The name of the record of `holder`: `pod-web-0`, `deployment-web`; for an ordinal with sticky numbers
 * `statefulset-web-0`.
 */
export function recordName({ kind, name }: Holder): string {
  const whole = `${kind.toLowerCase()}-${name.replace(/\[(\d+)\]$/, '-$1')}`;
  if (whole.length <= LONGEST_NAME) return whole;
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 8);
  return `${whole.slice(0, LONGEST_NAME - 9).replace(/[.-]+$/, '')}-${digest}`;
}

/**
 * The record of the numbers that `subject` holds. Its content is complete at its creation, so it costs one write. It is
 * garbage-collected with its object, blocks no deletion, and is left out of backups: after a restore it would describe an
 * object that doesn't exist.
 * @param isDisputed whether another holder claims one of the numbers
 */
export function recordFor(
  { object, holder, domain }: RecordSubject,
  claims: readonly Claim[],
  isDisputed = false,
): Draft<PortAllocation> {
  const { poolName, ports } = allocationOf(claims);
  const { apiVersion, kind, name, uid } = object;
  const { namespace } = holder;
  const given = ports.map((port) => ({ ...givenOf(port), count: port.count }));
  return {
    apiVersion: API_VERSION,
    kind: 'PortAllocation',
    metadata: {
      namespace,
      name: recordName(holder),
      labels: labelsOf(holder),
      ownerReferences: [{ apiVersion, kind, name, uid, controller: false, blockOwnerDeletion: false }],
    },
    spec: {
      recordOf: { apiVersion, kind, name, uid },
      ...(poolName === NO_POOL ? {} : { poolName }),
      ...(domain === CLUSTER ? {} : { nodeName: domain }),
      ports: given.map(({ name: portName, protocol, port, count, hostIP }) => ({
        name: portName,
        protocol,
        port,
        count,
        ...(hostIP === undefined ? {} : { hostIP }),
      })),
      summary: summarize(given),
      holder: { apiVersion, kind, namespace, name, uid },
      allocated: 'True',
      reason: isDisputed ? 'Disputed' : 'Allocated',
    },
  };
}

function labelsOf(holder: Holder): Readonly<Record<string, string>> {
  const ordinal = ordinalIn(holder)?.ordinal;
  return {
    [labels.record]: 'true',
    [labels.excludeFromBackup]: 'true',
    ...(ordinal === undefined ? {} : { [labels.ordinal]: String(ordinal) }),
  };
}

/** Whether two records have the same content. */
export function sayTheSame(left: Pick<PortAllocation, 'spec'>, right: Pick<Draft<PortAllocation>, 'spec'>): boolean {
  return JSON.stringify(contentOf(left.spec)) === JSON.stringify(contentOf(right.spec));
}

function contentOf(spec: Partial<PortAllocation['spec']> = {}): readonly unknown[] {
  const { poolName, nodeName, summary, allocated, reason, ports = [] } = spec;
  const objects = [spec.recordOf, spec.holder].map((of) => [of?.apiVersion, of?.kind, of?.name, of?.uid]);
  const numbers = ports.map(({ name, protocol, port, count, hostIP }) => [name, protocol, port, count, hostIP]);
  return [poolName, nodeName, summary, allocated, reason, spec.holder?.namespace, objects, numbers];
}

/**
 * The subject that `record` names; undefined for an allocation of a user. A user may have forged the record, so a caller
 * checks its content against the ledger.
 */
export function subjectOfRecord(record: Pick<PortAllocation, 'metadata' | 'spec'>): RecordSubject | undefined {
  const { spec } = record;
  const holder = holderOfRecord(record);
  if (spec.recordOf === undefined || holder === undefined) return undefined;
  return { object: spec.recordOf, holder, domain: domainOf(spec) };
}

function holderOfRecord({ metadata, spec }: Pick<PortAllocation, 'metadata' | 'spec'>): Holder | undefined {
  const { namespace, labels: own = {} } = metadata;
  if (spec.recordOf === undefined) return undefined;
  const ordinal = Number(own[labels.ordinal]);
  return own[labels.ordinal] !== undefined && Number.isInteger(ordinal)
    ? ordinalHolder(namespace, spec.recordOf, ordinal)
    : controllerHolder(namespace, spec.recordOf);
}
