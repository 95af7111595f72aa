import pMap from 'p-map';
import { pause } from '../../base/cancellation.ts';
import { formatKey, isApiError } from '../../kube/index.ts';
import type { ClusterClient, KubeObject, ObjectKey, ResourceType, Selection } from '../../kube/index.ts';
import type { WaitOptions } from './wait.ts';

/** Selects the objects to delete. */
interface Selected extends Selection {
  readonly type: ResourceType;
  /** Finalizers to be removed once the deletion has begun. */
  readonly finalizers?: readonly string[];
}

const AT_ONCE = 16;
// Most objects are gone at once; some wait for a controller.
const FIRST_ROUND_MS = 10;
const LONGEST_ROUND_MS = 200;
const REPORT_EVERY_MS = 5_000;

/** Deletes objects and waits until they are gone. */
export class Removal {
  readonly #client: ClusterClient;
  readonly #waiting: WaitOptions;
  readonly #signal: AbortSignal;

  constructor(client: ClusterClient, waiting: WaitOptions, signal: AbortSignal) {
    this.#client = client;
    this.#waiting = waiting;
    this.#signal = signal;
  }

  /** The existing objects of a selection; none if the kind doesn't exist any more. */
  async list({ type, namespace, labelSelector, fieldSelector }: Selected): Promise<readonly KubeObject[]> {
    try {
      return (await this.#client.list(type, { namespace, labelSelector, fieldSelector, signal: this.#signal })).items;
    } catch (error) {
      if (isApiError(error, 'notFound')) return [];
      throw error;
    }
  }

  /**
   * Deletes everything selected, waits until it is gone, and reports it. If nothing more goes for the time limit,
   * returns what is left, each with the finalizers that keep it.
   */
  async removeAll(selected: Selected): Promise<readonly string[]> {
    const { clock, stallMs, report } = this.#waiting;
    const seen = new Set<string>();
    let [fewest, lastProgress, reported] = [Infinity, clock.monotonic(), clock.monotonic()];
    for (let roundMs = FIRST_ROUND_MS; ; roundMs = Math.min(2 * roundMs, LONGEST_ROUND_MS)) {
      const left = await this.list(selected);
      for (const { metadata } of left) seen.add(formatKey(metadata));
      if (left.length === 0) {
        if (seen.size > 0) report(`${titleOfAll(selected.type, [...seen])} removed`);
        return [];
      }
      const now = clock.monotonic();
      if (left.length < fewest) [fewest, lastProgress] = [left.length, now];
      if (now - lastProgress > stallMs) return left.map((object) => describeLeft(selected.type, object));
      if (now - reported >= REPORT_EVERY_MS) {
        const keys = left.map(({ metadata }) => formatKey(metadata));
        report(`waiting for ${titleOfAll(selected.type, keys)} to go`);
        reported = now;
      }
      await pMap(left, (object) => this.#deleteNext(selected, object), { concurrency: AT_ONCE, signal: this.#signal });
      await pause(clock, roundMs, this.#signal);
    }
  }

  /** Deletes one object, which may not exist, and waits as {@link removeAll} does. */
  removeOne(type: ResourceType, { name, namespace }: ObjectKey): Promise<readonly string[]> {
    return this.removeAll({ type, namespace, fieldSelector: `metadata.name=${name}` });
  }

  /** The next step for one object: its deletion, and then its finalizers, which nobody can add again. */
  async #deleteNext({ type, finalizers: ours = [] }: Selected, { metadata }: KubeObject): Promise<void> {
    const { name, namespace, uid, resourceVersion, finalizers = [] } = metadata;
    const others = finalizers.filter((finalizer) => !ours.includes(finalizer));
    const [key, signal] = [{ name, namespace }, this.#signal];
    try {
      if (metadata.deletionTimestamp === undefined) {
        await this.#client.remove(type, key, { preconditions: { uid }, propagationPolicy: 'Background', signal });
      } else if (others.length < finalizers.length) {
        const body = { metadata: { resourceVersion, finalizers: others } };
        await this.#client.patch(type, key, { type: 'merge', body, conditional: true, signal });
      }
    } catch (error) {
      // It is gone, or was changed since the list: the next round sees its present state.
      if (!isApiError(error, 'notFound', 'conflict')) throw error;
    }
  }
}

function titleOfAll({ kind, plural }: ResourceType, keys: readonly string[]): string {
  return keys.length === 1 ? `${kind.toLowerCase()}/${keys[0]}` : `${keys.length} ${plural}`;
}

function describeLeft(type: ResourceType, { metadata }: KubeObject): string {
  const { finalizers = [] } = metadata;
  const because = finalizers.length > 0 ? `kept by ${finalizers.join(', ')}` : 'written again by somebody';
  return `${type.kind.toLowerCase()} ${formatKey(metadata)} (${because})`;
}
