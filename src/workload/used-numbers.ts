import { roleLabels } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { containersOf, declaredPorts } from './container-ports.ts';
import { hostPortsOf } from './claimed.ts';
import { portHoldersOf } from './port-holders.ts';

/**
 * Every number that `pod` may use: what it was given, what it declares as its host's, and what one of a role instance, which
 * was made with its numbers, is told in its variables. Rather one too many than one too few.
 */
export function usedNumbers(pod: Pod): ReadonlySet<number> {
  const isOfRole = pod.metadata.labels?.[roleLabels.roleInstance] !== undefined;
  return new Set([...declaredBy(pod), ...givenTo(pod), ...(isOfRole ? assignedTo(pod) : [])]);
}

function declaredBy(pod: Pod): readonly number[] {
  return hostPortsOf(pod).map(({ number }) => number);
}

function givenTo(pod: Pod): readonly number[] {
  const { own = [], shared = [] } = portHoldersOf(pod) ?? {};
  return [...own, ...shared].flatMap(({ number, end = number }) =>
    Array.from({ length: end - number + 1 }, (_, at) => number + at),
  );
}

function assignedTo(pod: Pod): readonly number[] {
  const ports = declaredPorts(pod).map(({ port }) => port.containerPort);
  const values = containersOf(pod).flatMap(({ env = [] }) => env.map(({ value = '' }) => value));
  return [...ports, ...values.filter((value) => /^\d{1,5}$/.test(value)).map(Number)];
}
