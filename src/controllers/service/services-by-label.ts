import { keyOf } from '../../kube/index.ts';
import type { CacheChange, Pod, Service } from '../../kube/index.ts';
import type { LabelNeed } from './publication.ts';

/** The labels that a Service selects; undefined for one that publishes nothing. */
export type NeedsOf = (service: Service) => readonly LabelNeed[] | undefined;

interface Filed {
  readonly service: Service;
  readonly words: readonly string[];
}

/**
 * The published Services, by the labels of the pods that they select: a pod's Services are found by its labels, without
 * looking at any others. Each Service is indexed under the label that had the fewest Services when it came.
 */
export class ServicesByLabel {
  readonly #needsOf: NeedsOf;
  readonly #filed = new Map<string, Filed>();
  readonly #byWord = new Map<string, Set<Filed>>();

  constructor(needsOf: NeedsOf) {
    this.#needsOf = needsOf;
  }

  /** To be called with every change of a Service. */
  follow({ type, object }: CacheChange<Service>): void {
    const key = keyOf(object);
    this.#remove(key);
    const needs = type === 'deleted' ? undefined : this.#needsOf(object);
    if (needs === undefined) return;
    const filed = { service: object, words: this.#wordsFor(object.metadata.namespace ?? '', needs) };
    this.#filed.set(key, filed);
    for (const word of filed.words) this.#byWord.set(word, (this.#byWord.get(word) ?? new Set()).add(filed));
  }

  /** Services that include all that select `pod`; each once. */
  *among({ metadata: { namespace = '', labels = {} } }: Pod): Generator<Service> {
    if (this.#filed.size === 0) return;
    for (const { service } of this.#byWord.get(wordFor(namespace)) ?? []) yield service;
    for (const [key, value] of Object.entries(labels)) {
      for (const { service } of this.#byWord.get(wordFor(namespace, key, value)) ?? []) yield service;
    }
  }

  #remove(key: string): void {
    const filed = this.#filed.get(key);
    if (filed === undefined) return;
    this.#filed.delete(key);
    for (const word of filed.words) {
      const others = this.#byWord.get(word);
      others?.delete(filed);
      if (others?.size === 0) this.#byWord.delete(word);
    }
  }

  #wordsFor(namespace: string, needs: readonly LabelNeed[]): readonly string[] {
    const sizeOf = (words: readonly string[]): number =>
      words.reduce((sum, word) => sum + (this.#byWord.get(word)?.size ?? 0), 0);
    const choices = needs.map(({ key, values }) => [...new Set(values)].map((value) => wordFor(namespace, key, value)));
    const [best] = choices.toSorted((left, right) => sizeOf(left) - sizeOf(right));
    return best ?? [wordFor(namespace)];
  }
}

/** The key of a label; or of Services that select by no certain label. No part contains a blank. */
function wordFor(namespace: string, key = '', value = ''): string {
  return `${namespace} ${key} ${value}`;
}
