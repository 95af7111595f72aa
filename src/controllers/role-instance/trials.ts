import { Pods, isApiError } from '../../kube/index.ts';
import type { ClusterClient, Draft, Pod, Reason } from '../../kube/index.ts';
import type { DesiredPod, PodPlan } from './pods.ts';

/** A pod to be tried out. */
export interface Trial {
  /** Of its template: what is taken once is taken again. */
  readonly revision: string;
  readonly draft: () => Draft<Pod>;
}

/** So many templates are known to be taken, at most. */
const MOST_KNOWN = 10_000;

/** What says nothing about the template: room that the pod to be replaced has still, and webhooks that can't be tried. */
const BESIDE_THE_POINT = /exceeded quota|does not support dry run/;

/**
 * Asks the API server whether it would take a pod, which stores nothing: before any pod is deleted for a new template,
 * or the first one of an instance is made. A template is opaque to our schema, so a misspelt field is found here, as
 * kubectl finds it in a Deployment. Each template is asked for once in a namespace, as long as it is taken.
 */
export class Trials {
  readonly #client: ClusterClient;
  readonly #known = new Map<string, Promise<Reason | undefined>>();

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /** @returns why templates are refused, by their revisions */
  async refusals(
    namespace: string,
    trials: readonly Trial[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Reason>> {
    const refused = new Map<string, Reason>();
    const byRevision = new Map(trials.toReversed().map((trial) => [trial.revision, trial]));
    await Promise.all(
      [...byRevision.values()].map(async (trial) => {
        const said = await this.#ask(`${namespace}/${trial.revision}`, trial, signal);
        if (said !== undefined) refused.set(trial.revision, said);
      }),
    );
    return refused;
  }

  /** Instances of one template ask together: the first asks for all. */
  async #ask(key: string, trial: Trial, signal: AbortSignal): Promise<Reason | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const asked = this.#create(trial.draft(), signal);
    this.#known.set(key, asked);
    let isTaken = false;
    try {
      const said = await asked;
      isTaken = said === undefined;
      return said;
    } finally {
      if (!isTaken && this.#known.get(key) === asked) this.#known.delete(key);
    }
  }

  async #create(draft: Draft<Pod>, signal: AbortSignal): Promise<Reason | undefined> {
    try {
      await this.#client.create(Pods, draft, { dryRun: true, strict: true, signal });
      return undefined;
    } catch (error) {
      if (isApiError(error, 'alreadyExists')) return undefined;
      if (!isApiError(error, 'invalid', 'forbidden', 'refused')) throw error;
      return BESIDE_THE_POINT.test(error.message) ? undefined : podRefused(draft, error.message);
    }
  }
}

/** What is said of a pod that the API server doesn't take. */
export function podRefused({ metadata }: Draft<Pod>, why: string): Reason {
  return { reason: 'PodRefused', message: `the API server refuses pods such as ${metadata.name ?? ''}: ${why}` };
}

/**
 * `plan` without what would end in a refusal: a pod that can't be replaced stays, and so do the others where all go
 * together. What isn't wanted any more goes all the same.
 */
export function withoutRefused(
  plan: PodPlan,
  desired: readonly DesiredPod[],
  { refused, together }: { readonly refused: ReadonlyMap<string, Reason>; readonly together: boolean },
): PodPlan {
  if (refused.size === 0) return plan;
  const held = new Set(desired.filter(({ revision }) => together || refused.has(revision)).map(({ name }) => name));
  return {
    ...plan,
    create: plan.create.filter(({ revision }) => !refused.has(revision)),
    remove: plan.remove.filter(({ name }) => !held.has(name)),
  };
}
