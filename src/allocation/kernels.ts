import type { NodeReportSpec } from '../api/index.ts';
import type { Node, ResourceCache } from '../kube/index.ts';
import { parseRange, parseRanges, printRanges, subtractRanges } from '../core/index.ts';
import type { PortRange } from '../core/index.ts';
import { EPHEMERAL } from './pool-rules.ts';
import type { EphemeralNumbers } from './pool-rules.ts';
import type { ReportBook } from './report-book.ts';

/** What the kernels of the nodes take for outgoing connections: as their agents say, else Linux's default. */
export class Kernels implements Disposable {
  readonly #book: Pick<ReportBook, 'of' | 'subscribe'>;
  readonly #nodes: Pick<ResourceCache<Node>, 'list' | 'subscribe'>;
  readonly #listeners = new Set<() => void>();
  readonly #subscriptions: readonly Disposable[];
  #names: ReadonlySet<string> = new Set();
  #numbers: EphemeralNumbers;

  constructor({
    book,
    nodes,
  }: {
    readonly book: Pick<ReportBook, 'of' | 'subscribe'>;
    readonly nodes: Pick<ResourceCache<Node>, 'list' | 'subscribe'>;
  }) {
    this.#book = book;
    this.#nodes = nodes;
    this.#numbers = this.#look();
    this.#subscriptions = [
      book.subscribe(({ node, report }) => this.#onReport(node, report)),
      nodes.subscribe(({ type, object }) => {
        // Of a node that is there already only its agent says anything new.
        if (type === 'deleted' || !this.#names.has(object.metadata.name)) this.#refresh();
      }),
    ];
  }

  /** By node. The same value as long as nothing changes. */
  get numbers(): EphemeralNumbers {
    return this.#numbers;
  }

  /** Calls `listener` when some kernel takes other numbers than before. */
  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #onReport(node: string, report: NodeReportSpec | undefined): void {
    const after = report === undefined ? undefined : unusualNumbers(report);
    if (printed(this.#numbers.byNode.get(node)) !== printed(after)) this.#refresh();
  }

  #refresh(): void {
    const before = this.#numbers;
    this.#numbers = this.#look();
    if (textOf(before) === textOf(this.#numbers)) return;
    for (const listener of this.#listeners) listener();
  }

  #look(): EphemeralNumbers {
    const byNode = new Map<string, readonly PortRange[]>();
    this.#names = new Set(this.#nodes.list().map(({ metadata }) => metadata.name));
    let hasDefault = this.#names.size === 0;
    for (const name of this.#names) {
      const report = this.#book.of(name);
      const numbers = report === undefined ? undefined : unusualNumbers(report);
      if (numbers === undefined) hasDefault = true;
      else byNode.set(name, numbers);
    }
    return { byNode, hasDefault };
  }
}

/** What a kernel takes that was told to take something else than others; undefined for the default. */
function unusualNumbers({ ephemeral, reserved = [] }: NodeReportSpec): readonly PortRange[] | undefined {
  const range = ephemeral === undefined ? undefined : parseRange(ephemeral);
  const kept = parseRanges(reserved);
  if (range?.ok !== true) return undefined;
  const numbers = subtractRanges([range.value], kept.ok ? kept.value : []);
  return printRanges(numbers) === printRanges([EPHEMERAL]) ? undefined : numbers;
}

function printed(numbers: readonly PortRange[] | undefined): string {
  return numbers === undefined ? 'as usual' : printRanges(numbers);
}

function textOf({ byNode, hasDefault }: EphemeralNumbers): string {
  const nodes = [...byNode].map(([node, numbers]) => `${node}=${printRanges(numbers)}`).sort();
  return `${hasDefault} ${nodes.join(' ')}`;
}
