import { conflicts, covers, protocolName } from '../../../src/core/index.ts';
import { compareVersions, keyOf } from '../../../src/kube/index.ts';
import type { ConfigMap, KubeObject } from '../../../src/kube/index.ts';
import { earlyReuse } from './cooldown.ts';
import { statementsOf } from './statements.ts';
import type { Statement } from './statements.ts';

/** One version of one object. The revisions of all kinds are of one etcd, so they tell what was first. */
export interface Version {
  readonly revision: string;
  readonly change: 'applied' | 'deleted';
  readonly object: KubeObject;
}

interface Seat extends Statement {
  readonly version: Version;
}

/**
 * Goes through a history in the order in which it was written, and names every moment at which a number had two
 * holders: in the ledger, in what living allocations show, in what living pods declare, or one in each; every number that
 * was handed out while it cooled; and every number that a pod declared while the ledger didn't have it for the pod. An
 * allocation and a pod of its namespace are no two holders: the pod borrows.
 */
export function judge(history: readonly Version[]): readonly string[] {
  const judging = new Judging();
  for (const version of history.toSorted((left, right) => compareVersions(left.revision, right.revision))) {
    judging.take(version);
  }
  return judging.faults;
}

class Judging {
  readonly #seats = new Map<string, Set<Seat>>();
  readonly #byObject = new Map<string, readonly Seat[]>();
  readonly #before = new Map<string, KubeObject>();
  readonly #faults = new Map<string, string>();

  get faults(): readonly string[] {
    return [...this.#faults.values()];
  }

  take(version: Version): void {
    const { change, object } = version;
    const key = keyIn(version);
    const left = this.#byObject.get(key) ?? [];
    for (const seat of left) this.#seatsAt(seat).delete(seat);
    const statements = change === 'deleted' ? [] : statementsOf(object);
    const seats = statements.map((statement) => ({ ...statement, version }));
    for (const seat of seats) this.#sit(seat);
    this.#byObject.set(key, seats);
    for (const seat of [...left, ...seats]) this.#checkCover(seat, version);
    for (const fault of earlyReuse(this.#before.get(key), object))
      this.#faults.set(fault, `${fault}: ${place(version)}`);
    if (change === 'deleted') this.#before.delete(key);
    else this.#before.set(key, object);
  }

  #sit(seat: Seat): void {
    const others = this.#seatsAt(seat);
    for (const other of others) if (excludes(seat, other)) this.#report(other, seat);
    others.add(seat);
  }

  /** Whatever pods declare on the number of `changed` must be theirs in the ledger. */
  #checkCover(changed: Statement, version: Version): void {
    const seats = [...this.#seatsAt(changed)];
    for (const pod of seats.filter(({ source }) => source === 'pod')) {
      if (seats.some((seat) => seat.source === 'ledger' && isOneParty(seat, pod) && covers(seat, pod))) continue;
      const { number, party, port } = pod;
      const key = `${number} ${party} ${port} uncovered`;
      if (this.#faults.has(key)) continue;
      const said = wordsOn(number, this.#before.get(keyIn(version)));
      const says = wordsOn(number, version.object);
      this.#faults.set(
        key,
        `${number} isn't in the ledger for ${describe(pod)}, as of ${place(version)}${said === says ? '' : `, which said "${said}", and says "${says}"`}`,
      );
    }
  }

  #seatsAt({ domain, number }: Statement): Set<Seat> {
    const key = `${domain}/${number}`;
    const seats = this.#seats.get(key) ?? new Set();
    this.#seats.set(key, seats);
    return seats;
  }

  /** Once for each pair, with the versions at which it was seen first. */
  #report(first: Seat, second: Seat): void {
    const pair = [first, second].map(({ party, port, source }) => `${party} ${port} ${source}`).sort();
    const key = [first.domain, first.number, ...pair].join(' ');
    if (this.#faults.has(key)) return;
    const number = `${first.number} of ${first.domain}`;
    this.#faults.set(key, `${number} has two holders: ${describe(first)}, and ${describe(second)}`);
  }
}

function excludes(left: Seat, right: Seat): boolean {
  const isSame = isOneParty(left, right) && (left.source !== right.source || left.port === right.port);
  return !isSame && !isLoan(left, right) && !isLoan(right, left) && conflicts(left, right);
}

function isLoan(lender: Seat, borrower: Seat): boolean {
  const [lending = '', of] = lender.who.split(/[ /]/);
  const [borrowing, by] = borrower.who.split(/[ /]/);
  // A role stands beside the allocation that an earlier version made for it.
  const mayBorrow = borrowing === 'Pod' || borrowing?.startsWith('RoleInstance') === true;
  return lending.startsWith('PortAllocation') && mayBorrow && of === by && lender.port === borrower.port;
}

function isOneParty(left: Statement, right: Statement): boolean {
  const names = [left.party, ...(left.aliases ?? [])];
  return [right.party, ...(right.aliases ?? [])].some((name) => names.includes(name));
}

function describe({ who, party, port, protocols, version }: Seat): string {
  return `${who} (${party}) for "${port}" on ${protocolName(protocols)} by ${place(version)}`;
}

function keyIn({ object }: Version): string {
  return `${object.kind} ${keyOf(object)}`;
}

/** What a block says about a number; nothing where it is silent, and of any other object. */
function wordsOn(number: number, object: KubeObject | undefined): string {
  const data = object?.kind === 'ConfigMap' ? (object as ConfigMap).data : undefined;
  return data?.[String(number)] ?? '';
}

function place({ object, revision }: Version): string {
  return `${object.kind} ${keyOf(object)} of revision ${revision}`;
}
