import { conditionTypes, parsePortAllocation, PortAllocations } from '../api/index.ts';
import type { GivenPort, PortAllocation } from '../api/index.ts';
import { domainOf, givenOf, holderOf } from '../allocation/index.ts';
import type { Lending, Loan } from '../allocation/index.ts';
import { pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { ANY_ADDRESS, addressCovers, parseAddress, refuse } from '../core/index.ts';
import type { GrantedPort, Refusal } from '../core/index.ts';
import { findCondition } from '../kube/index.ts';
import type { ClusterClient } from '../kube/index.ts';
import type { AssignedNumbers, DemandedPort, NumberBlock, PodDemand } from '../workload/index.ts';

/** What {@link Borrowing} needs. */
export interface BorrowingParts {
  readonly client: ClusterClient;
  readonly lending: Lending;
  readonly clock: Clock;
}

/** A pod that is being created and names a PortAllocation. */
interface BorrowRequest extends Pick<Loan, 'borrower' | 'until' | 'insteadOf'> {
  readonly demand: PodDemand;
  /** The node that the pod will run on, if there is only one possible node. */
  readonly nodeName: string | undefined;
  readonly dryRun: boolean;
}

/** After this many checks the pod is refused, and its controller tries again: no manager serves the allocation. */
const MOST_CHECKS = 15;
/** The time between two checks of an allocation that has no numbers yet, in milliseconds. */
const CHECK_AGAIN_MS = 200;

/** Lets pods borrow the numbers of the PortAllocations that they name. */
export class Borrowing {
  readonly #parts: BorrowingParts;

  constructor(parts: BorrowingParts) {
    this.#parts = parts;
  }

  /**
   * The numbers of allocation `name` for the borrower, by port name. They are read from the ledger, never from a
   * status.
   */
  async numbersFor(
    name: string,
    request: BorrowRequest,
    signal: AbortSignal,
  ): Promise<Result<AssignedNumbers, Refusal>> {
    const { client, lending, clock } = this.#parts;
    const { namespace } = request.borrower;
    for (let checks = 0; checks < MOST_CHECKS; checks++) {
      const found = await client.find(PortAllocations, { namespace, name }, { signal });
      const lender = lenderIn(name, found, request);
      if (!lender.ok) return lender;
      const domain = domainOf(lender.value.spec);
      const loan: Loan = { ...request, lender: holderOf(lender.value), domain };
      if (lending.hasNumbers(loan.lender, domain)) {
        const read = (ports: readonly GrantedPort[]) => portsBorrowed(name, ports, request.demand);
        return request.dryRun ? lending.dryRun(loan, read, signal) : lending.borrow(loan, read, signal);
      }
      const allocated = findCondition(lender.value.status?.conditions, conditionTypes.allocated);
      if (allocated?.status === 'False') return err(refuse.notAllocated(name, allocated.reason, allocated.message));
      // An allocation that was applied together with its pod is served within moments; controllers wait far longer
      // before they try again.
      await pause(clock, CHECK_AGAIN_MS, signal);
    }
    return err(refuse.notAllocated(name));
  }
}

/** The allocation that was `found` under the name, if it can lend its numbers to the pod. */
function lenderIn(
  name: string,
  found: PortAllocation | undefined,
  { borrower, nodeName }: BorrowRequest,
): Result<PortAllocation, Refusal> {
  const parsed = found === undefined ? undefined : parsePortAllocation(found);
  if (parsed?.ok !== true || parsed.value.spec.recordOf !== undefined) {
    return err(refuse.noAllocation(name, borrower.namespace));
  }
  const { metadata, spec } = parsed.value;
  // Numbers of one node are useless on another.
  if (spec.nodeName !== undefined && spec.nodeName !== nodeName) return err(refuse.lentOnNode(name, spec.nodeName));
  if (metadata.deletionTimestamp !== undefined) return err(refuse.allocationGoing(name));
  return ok(parsed.value);
}

/** The numbers `lent` by PortAllocation `name` to a pod, by the names of its container ports. */
export function portsBorrowed(
  name: string,
  lent: readonly GrantedPort[],
  { ports }: Pick<PodDemand, 'ports'>,
): Result<AssignedNumbers, Refusal> {
  const borrowed = new Map<string, NumberBlock>();
  const offered = new Map(lent.map((port) => [port.name, givenOf(port)]));
  for (const port of ports) {
    const match = offered.get(port.name);
    if (match === undefined) {
      const has = [...offered.keys()].map((each) => `"${each}"`).join(', ');
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
    if (!isWithin(port, match)) {
      const { hostIP: at = '' } = match;
      const own = port.hostIP === undefined ? 'none, which is every address' : port.hostIP;
      return err(
        refuse.invalid(
          `hostport.io/allocation: port "${port.name}" of PortAllocation "${name}" is at ${at} alone, and the hostIP of the container's is ${own}: write hostIP: ${at} there`,
        ),
      );
    }
    borrowed.set(port.name, { number: match.port, ...(match.endPort === undefined ? {} : { end: match.endPort }) });
  }
  return ok(borrowed);
}

/**
 * Whether the container's port lies within the address at which its number is `lent`: at another address somebody else
 * may hold the number.
 */
function isWithin(port: Pick<DemandedPort, 'hostIP'>, lent: Pick<GivenPort, 'hostIP'>): boolean {
  return addressCovers(addressOf(lent), addressOf(port));
}

function addressOf({ hostIP = ANY_ADDRESS }: Pick<DemandedPort, 'hostIP'>): string {
  return parseAddress(hostIP) ?? hostIP;
}
