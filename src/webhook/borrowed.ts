import type { GivenPort } from '../api/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Given, GivenNumbers, PodDemand } from '../workload/index.ts';

/** The numbers `lent` by PortAllocation `name` to a pod, by the names of its container ports. */
export function portsBorrowed(name: string, lent: readonly GivenPort[], { ports }: PodDemand): Result<Given, Refusal> {
  const given = new Map<string, GivenNumbers>();
  for (const port of ports) {
    const match = lent.find((each) => each.name === port.name);
    if (match === undefined) {
      const has = lent.map((each) => `"${each.name}"`).join(', ');
      return err(
        refuse.invalid(
          `hostport.io/allocation: PortAllocation "${name}" has no port "${port.name}", it has ${has}: name the container port like one of them`,
        ),
      );
    }
    if (match.protocol !== port.protocol && match.protocol !== 'TCPUDP') {
      return err(
        refuse.invalid(
          `hostport.io/allocation: port "${port.name}" of PortAllocation "${name}" is for ${match.protocol}, and the container's is ${port.protocol}: make them the same`,
        ),
      );
    }
    given.set(port.name, { number: match.port, ...(match.endPort === undefined ? {} : { end: match.endPort }) });
  }
  return ok(given);
}
