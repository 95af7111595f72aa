import { Lifetime } from '../../../src/base/lifetime.ts';
import type { Claim } from '../../../src/core/index.ts';
import { Pods, compareVersions } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { mayUsePorts } from '../../../src/workload/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import type { Version } from '../../support/hostport/judge.ts';
import { readBlock } from '../../support/hostport/ledger.ts';
import { Stream } from '../../support/hostport/stream.ts';
import { assignedTo } from './holdings.ts';

/**
 * Sees every version of every pod, from its start on, and compares them with every version of the ledger: whether a
 * number was anybody else's, or nobody's, at any moment at which a pod that was told it could use it.
 */
export class Witness implements AsyncDisposable {
  readonly #hostport: RunningHostport;
  readonly #lifetime = new Lifetime('witness');
  readonly #pods: Version[] = [];
  readonly #stream: Stream;

  constructor(hostport: RunningHostport) {
    this.#hostport = hostport;
    const { client } = hostport;
    const onVersion = (version: Version): void => void this.#pods.push(version);
    this.#stream = new Stream({ client, type: Pods, onVersion });
  }

  async start(): Promise<void> {
    await this.#stream.list(this.#lifetime.signal);
    this.#lifetime.run(
      (signal) => this.#stream.run(signal),
      (error) => this.#stream.gaps.push(`the watch of pods broke: ${String(error)}`),
    );
  }

  /** A sentence for each number that a pod was told and that wasn't held for it while it could use it. */
  async faults(): Promise<readonly string[]> {
    await this.#hostport.recorder.verdict();
    const { items, resourceVersion } = await this.#stream.read(this.#lifetime.signal);
    const missing = (): readonly string[] => this.#stream.missing(items, resourceVersion);
    await this.#hostport.eventually(missing, ({ length }) => length === 0, 'the witness has seen all pods');
    const ledger = this.#hostport.recorder.versions.filter(({ object }) => readBlock(object) !== undefined);
    const history = [...ledger, ...this.#pods].toSorted((left, right) =>
      compareVersions(left.revision, right.revision),
    );
    return [...this.#stream.gaps, ...judge(history)];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}

function judge(history: readonly Version[]): readonly string[] {
  const faults = new Set<string>();
  const living = new Map<string, Pod>();
  const blocks = new Map<string, ReadonlyMap<number, readonly Claim[]>>();
  const check = (pod: Pod, revision: string): void => {
    for (const [port, number] of Object.entries(assignedTo(pod))) {
      const claims = [...blocks.values()].flatMap((block) => block.get(number) ?? []);
      if (claims.some((claim) => isFor(claim, pod))) continue;
      const { namespace = '', name } = pod.metadata;
      const by = claims.map(({ state, holder }) => `${state} for ${holder.namespace}/${holder.name}`).join(', ');
      faults.add(`${namespace}/${name} was told ${port}=${number}, which is ${by || "nobody's"} at ${revision}`);
    }
  };
  for (const { change, object, revision } of history) {
    const block = readBlock(object);
    if (block !== undefined) {
      blocks.set(
        block.name,
        Map.groupBy(change === 'deleted' ? [] : block.claims, ({ number }) => number),
      );
      for (const pod of living.values()) check(pod, revision);
    } else if (change === 'deleted' || !mayUsePorts(object as Pod)) {
      living.delete(object.metadata.uid);
    } else {
      living.set(object.metadata.uid, object as Pod);
      check(object as Pod, revision);
    }
  }
  return [...faults];
}

/** Whether `claim` keeps its number for `pod`: for itself, for what it was made by, or for what it borrows from. */
function isFor({ state, holder }: Claim, { metadata }: Pod): boolean {
  if (state !== 'held' && state !== 'reserved') return false;
  if (holder.namespace !== metadata.namespace) return false;
  if (holder.kind !== 'Pod') return true;
  return holder.uid === metadata.uid || holder.uid === metadata.annotations?.['hostport.io/reservation'];
}
