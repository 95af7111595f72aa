import type { NodeReportSpec } from '../api/index.ts';
import type { Node, ResourceCache } from '../kube/index.ts';
import { parseRange, parseRanges, subtractRanges } from '../core/index.ts';
import type { PortRange } from '../core/index.ts';
import { EphemeralCensus } from './ephemeral-census.ts';
import type { EphemeralNumbers } from './ephemeral-census.ts';
import type { NodeReportStore } from './node-report-store.ts';

/** Called with the node whose kernel uses other numbers now, or with undefined if all nodes may be affected. */
export type KernelListener = (node: string | undefined) => void;

/**
 * The numbers that the kernels of the nodes use for outgoing connections: as reported by the agents, otherwise Linux's
 * default.
 */
export class EphemeralRanges implements Disposable {
  readonly #reports: Pick<NodeReportStore, 'of' | 'subscribe'>;
  readonly #census = new EphemeralCensus();
  readonly #listeners = new Set<KernelListener>();
  readonly #subscriptions: readonly Disposable[];

  constructor({
    reports,
    nodes,
  }: {
    readonly reports: Pick<NodeReportStore, 'of' | 'subscribe'>;
    readonly nodes: Pick<ResourceCache<Node>, 'subscribe'>;
  }) {
    this.#reports = reports;
    this.#subscriptions = [
      reports.subscribe(({ node, report }) => {
        // A report about a node that doesn't exist doesn't count.
        if (this.#census.has(node)) this.#count(node, report);
      }),
      nodes.subscribe(({ type, object: { metadata } }) => {
        const { name } = metadata;
        if (type === 'deleted') this.#change(() => this.#census.delete(name));
        // For a node that is counted already, only its report changes anything.
        else if (!this.#census.has(name)) this.#count(name, this.#reports.of(name));
      }),
    ];
  }

  /** The numbers by kernel, as they are now; the object follows later changes. */
  get numbers(): EphemeralNumbers {
    return this.#census;
  }

  /** To be called when all nodes and reports are read; see {@link EphemeralCensus.begin}. */
  begin(): void {
    this.#census.begin();
  }

  /** Calls `listener` when a kernel starts to use other numbers. */
  subscribe(listener: KernelListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #count(node: string, report: NodeReportSpec | undefined): void {
    const isKnown = this.#census.has(node);
    let hasChanged = false;
    this.#change(
      () => (hasChanged = this.#census.set(node, report && usedBy(report))),
      () => (isKnown && hasChanged ? node : undefined),
    );
  }

  /**
   * Makes `change` and notifies the listeners: of all nodes if the common numbers or the set of kernels changed,
   * otherwise of the node that `moved` returns. It notifies nobody if only the number of nodes of a kernel changed.
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

/** The numbers that a configured kernel uses; undefined if the agent doesn't report them. */
function usedBy({ ephemeral, reserved = [] }: NodeReportSpec): readonly PortRange[] | undefined {
  const range = ephemeral === undefined ? undefined : parseRange(ephemeral);
  const kept = parseRanges(reserved);
  if (range?.ok !== true) return undefined;
  return subtractRanges([range.value], kept.ok ? kept.value : []);
}
