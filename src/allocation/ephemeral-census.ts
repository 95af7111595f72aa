import { intersectRanges, printRanges } from '../core/index.ts';
import type { PortRange } from '../core/index.ts';

/** Linux's default `net.ipv4.ip_local_port_range`: the numbers that the kernel uses for outgoing connections. */
export const EPHEMERAL: PortRange = { first: 32768, last: 60999 };

/**
 * The numbers that a kernel uses for outgoing connections, and its nodes. One value for all nodes with the same
 * numbers.
 */
export interface Kernel {
  readonly numbers: readonly PortRange[];
  /** Changes as nodes come and go. */
  readonly nodes: ReadonlySet<string>;
}

/** The numbers that the kernels of all nodes use for outgoing connections. */
export interface EphemeralNumbers {
  /** The kernels of the known nodes; the default one as long as no node is known. */
  readonly kernels: Iterable<Kernel>;
  /** The kernel of one node; the default one for an unknown node. */
  readonly kernelOn: (node: string) => Kernel;
  /** The kernel of nodes whose agent doesn't report another one. */
  readonly usual: Kernel;
  /** The numbers that so many kernels use that a pool of scope Cluster leaves them out. */
  readonly common: readonly PortRange[];
}

interface CountedKernel {
  readonly numbers: readonly PortRange[];
  readonly nodes: Set<string>;
}

/**
 * Counts the kernels of nodes. A number becomes {@link EphemeralNumbers.common} when more than half of all nodes use it,
 * and stops being so when at most a third do. In between it stays as it was (hysteresis), so that a single node can't
 * switch it back and forth. Before {@link begin} there is no hysteresis: the result doesn't depend on the order in which
 * nodes are read. The cost of a change grows with the number of ranges that differ, not with nodes and numbers (ADR 19).
 */
export class EphemeralCensus implements EphemeralNumbers {
  readonly usual: CountedKernel = { numbers: [EPHEMERAL], nodes: new Set() };
  readonly #counted = new Map<string, CountedKernel>([[printRanges([EPHEMERAL]), this.usual]]);
  readonly #byNode = new Map<string, CountedKernel>();
  /** By number: how many more nodes use it than use the number before it. */
  readonly #steps = new Map<number, number>();
  #common: readonly PortRange[] = [EPHEMERAL];
  #hasBegun = false;

  get kernels(): readonly Kernel[] {
    const present = [...this.#counted.values()].filter(({ nodes }) => nodes.size > 0);
    return present.length === 0 ? [this.usual] : present;
  }

  kernelOn = (node: string): Kernel => this.#byNode.get(node) ?? this.usual;

  get common(): readonly PortRange[] {
    return this.#common;
  }

  /** To be called when all existing nodes are counted. */
  begin(): void {
    this.#hasBegun = true;
  }

  has(node: string): boolean {
    return this.#byNode.has(node);
  }

  /** Counts `node`, whose kernel uses `numbers` (merged). Returns whether that changes anything about the node. */
  set(node: string, numbers: readonly PortRange[] = this.usual.numbers): boolean {
    const text = printRanges(numbers);
    const kernel = this.#counted.get(text) ?? { numbers, nodes: new Set() };
    const before = this.#byNode.get(node);
    if (before === kernel) return false;
    if (before !== undefined) this.#leave(node, before);
    this.#counted.set(text, kernel);
    kernel.nodes.add(node);
    this.#byNode.set(node, kernel);
    this.#step(kernel.numbers, 1);
    this.#settle();
    return true;
  }

  /** Removes `node`. */
  delete(node: string): void {
    const kernel = this.#byNode.get(node);
    if (kernel === undefined) return;
    this.#leave(node, kernel);
    this.#byNode.delete(node);
    this.#settle();
  }

  #leave(node: string, kernel: CountedKernel): void {
    kernel.nodes.delete(node);
    if (kernel.nodes.size === 0 && kernel !== this.usual) this.#counted.delete(printRanges(kernel.numbers));
    this.#step(kernel.numbers, -1);
  }

  #step(numbers: readonly PortRange[], by: number): void {
    for (const { first, last } of numbers) {
      for (const [at, change] of [[first, by] as const, [last + 1, -by] as const]) {
        const step = (this.#steps.get(at) ?? 0) + change;
        if (step === 0) this.#steps.delete(at);
        else this.#steps.set(at, step);
      }
    }
  }

  #settle(): void {
    const total = this.#byNode.size;
    // Without nodes there is no majority.
    if (total === 0) return void (this.#common = [EPHEMERAL]);
    const edges = new Map<number, boolean>();
    for (const { first, last } of this.#common) edges.set(first, true).set(last + 1, false);
    const places = [...new Set([...this.#steps.keys(), ...edges.keys()])].sort((left, right) => left - right);
    const common: PortRange[] = [];
    let [count, was, since] = [0, false, 0];
    for (const at of places) {
      count += this.#steps.get(at) ?? 0;
      was = edges.get(at) ?? was;
      const is = count * 2 > total || (this.#hasBegun && was && count * 3 > total);
      if (is && since === 0) since = at;
      if (is || since === 0) continue;
      common.push({ first: since, last: at - 1 });
      since = 0;
    }
    if (printRanges(common) !== printRanges(this.#common)) this.#common = common;
  }
}

/** How many nodes, kernels and ranges a message names; agents may report any number of them. */
const MOST_NAMED = 3;
const MOST_RANGES = 8;

/** The kernels and their numbers, as text: `the kernel takes 32768-60999, that of node "n1" takes 15000-60999`. */
export function printKernels(kernels: readonly Kernel[]): string {
  const usual = printRanges([EPHEMERAL]);
  const named = kernels.slice(0, MOST_NAMED).map(({ nodes, numbers }, at) => {
    const whose = printRanges(numbers) === usual ? '' : ` of ${printNodes(nodes)}`;
    return `${at === 0 ? 'the kernel' : 'that'}${whose} takes ${printSome(numbers)}`;
  });
  const others = kernels.length > MOST_NAMED ? [`and ${kernels.length - MOST_NAMED} others take other numbers`] : [];
  return [...named, ...others].join(', ');
}

/** A pool with numbers that a few kernels use. */
interface Overlap {
  readonly overlapping: readonly Kernel[];
  readonly pool: { readonly usable: readonly PortRange[] };
  readonly common: readonly PortRange[];
}

/** The nodes whose kernels use numbers that a pool hands out, and the sysctl line that ends the overlap there. */
export function printOverlaps({ overlapping, pool, common }: Overlap): string {
  const { usable } = pool;
  const named = overlapping.slice(0, MOST_NAMED).map(({ nodes, numbers }) => {
    return `${printNodes(nodes)} may take ${printSome(intersectRanges(usable, numbers))}`;
  });
  const others = overlapping.slice(MOST_NAMED).reduce((sum, { nodes }) => sum + nodes.size, 0);
  const whose = [...named, ...(others === 0 ? [] : [`${others} more nodes take others`])].join(', ');
  const whole = (common.length === 1 ? common[0] : undefined) ?? EPHEMERAL;
  const isClear = intersectRanges(usable, [whole]).length === 0;
  const orRange = isClear ? `net.ipv4.ip_local_port_range="${whole.first} ${whole.last}" there, or ` : '';
  const hull = `${usable[0]?.first ?? 0}-${usable.at(-1)?.last ?? 0}`;
  const kept = usable.length > MOST_RANGES ? hull : printRanges(usable).replaceAll(', ', ',');
  return `${whose} for outgoing connections: set ${orRange}net.ipv4.ip_local_reserved_ports="${kept}" (beside what it has)`;
}

function printNodes(nodes: ReadonlySet<string>): string {
  const named = [...nodes]
    .sort()
    .slice(0, MOST_NAMED)
    .map((node) => `"${node}"`);
  const more = nodes.size > MOST_NAMED ? ` and ${nodes.size - MOST_NAMED} more` : '';
  return `${nodes.size === 1 ? 'node' : 'nodes'} ${named.join(', ')}${more}`;
}

function printSome(ranges: readonly PortRange[]): string {
  const more = ranges.length > MOST_RANGES ? ` and ${ranges.length - MOST_RANGES} ranges more` : '';
  return `${printRanges(ranges.slice(0, MOST_RANGES))}${more}`;
}
