import type { NodeReportSpec } from '../api/index.ts';
import type { Node, ResourceCache } from '../kube/index.ts';
import { parseRange, parseRanges, subtractRanges } from '../core/index.ts';
import type { PortRange } from '../core/index.ts';
import { EphemeralCensus } from './ephemeral-census.ts';
import type { EphemeralNumbers } from './ephemeral-census.ts';
import type { NodeReportStore } from './node-report-store.ts';

/** Told of what changed: of the kernel of one node alone, or undefined for what may concern all. */
export type KernelListener = (node: string | undefined) => void;

/** What the kernels of the nodes take for outgoing connections: as their agents say, else Linux's default. */
export class EphemeralRanges implements Disposable {
  readonly #book: Pick<NodeReportStore, 'of' | 'subscribe'>;
  readonly #census = new EphemeralCensus();
  readonly #listeners = new Set<KernelListener>();
  readonly #subscriptions: readonly Disposable[];

  constructor({
    book,
    nodes,
  }: {
    readonly book: Pick<NodeReportStore, 'of' | 'subscribe'>;
    readonly nodes: Pick<ResourceCache<Node>, 'subscribe'>;
  }) {
    this.#book = book;
    this.#subscriptions = [
      book.subscribe(({ node, report }) => {
        // Whoever reports a node that isn't there has no say.
        if (this.#census.has(node)) this.#count(node, report);
      }),
      nodes.subscribe(({ type, object: { metadata } }) => {
        const { name } = metadata;
        if (type === 'deleted') this.#change(() => this.#census.delete(name));
        // Of a node that is there already only its agent says anything new.
        else if (!this.#census.has(name)) this.#count(name, this.#book.of(name));
      }),
    ];
  }

  /** As they are now. */
  get numbers(): EphemeralNumbers {
    return this.#census;
  }

  /** To be called when nodes and reports are read: from here on what was left out stays so while it is in doubt. */
  begin(): void {
    this.#census.begin();
  }

  /** Calls `listener` when some kernel takes other numbers than before. */
  subscribe(listener: KernelListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #count(node: string, report: NodeReportSpec | undefined): void {
    const isKnown = this.#census.has(node);
    let isNews = false;
    this.#change(
      () => (isNews = this.#census.set(node, report && takenBy(report))),
      () => (isKnown && isNews ? node : undefined),
    );
  }

  /**
   * Makes `change` and tells of it: of everything where it made a difference to all. A node more or less of a kind that is
   * there anyway makes none.
   */
  #change(change: () => void, moved: () => string | undefined = () => undefined): void {
    const { common, kernels } = this.#census;
    change();
    const node = moved();
    const after = this.#census.kernels;
    const isCommon = after.length === kernels.length && after.every((kernel, at) => kernel === kernels[at]);
    if (this.#census.common === common && isCommon && node === undefined) return;
    for (const listener of this.#listeners) listener(this.#census.common === common ? node : undefined);
  }
}

/** What a kernel takes that was told what to take; undefined where the agent doesn't say. */
function takenBy({ ephemeral, reserved = [] }: NodeReportSpec): readonly PortRange[] | undefined {
  const range = ephemeral === undefined ? undefined : parseRange(ephemeral);
  const kept = parseRanges(reserved);
  if (range?.ok !== true) return undefined;
  return subtractRanges([range.value], kept.ok ? kept.value : []);
}
