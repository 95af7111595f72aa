import { portOf } from '../allocation/index.ts';
import type { Allocation, Ask } from '../allocation/index.ts';
import type { PortRequest } from '../core/index.ts';
import type { DemandedPort, Given, PodSettings } from '../workload/index.ts';

/** What a pod's settings say of the numbers that it gets. */
export function wishesOf({
  poolName,
  basePort,
  strategy,
}: PodSettings): Pick<Ask, 'poolName' | 'basePort' | 'strategy'> {
  return {
    strategy,
    ...(poolName === undefined ? {} : { poolName }),
    ...(basePort === undefined ? {} : { basePort }),
  };
}

/** A demanded port in the words of the allocator. */
export function requestOf({ name, protocol, count, number, hostIP }: DemandedPort): PortRequest {
  const address = hostIP === undefined ? {} : { hostIP };
  const port = portOf({ name, protocol, count, ...address, ...(number === undefined ? {} : { port: number }) });
  return number === undefined ? port : { ...port, anywhere: true };
}

/** What was given, in the words of the pod. */
export function givenBy({ ports }: Allocation): Given {
  return new Map(ports.map(({ name, number, count }) => [name, { number, end: number + count - 1 }]));
}
