import { Pods, isApiError } from '../../kube/index.ts';
import type { ClusterClient, Draft, Pod, Reason } from '../../kube/index.ts';
import type { DesiredPod, PodPlan } from './pods.ts';

/** A pod to try a template with. */
export interface Trial {
  /** The revision of its template. A template that was accepted once is accepted again. */
  readonly revision: string;
  readonly draft: () => Draft<Pod>;
}

/** How many answers are remembered at most. */
const MOST_KNOWN = 10_000;

/** Refusals that say nothing about the template: a quota that the replaced pod still uses, and webhooks without dry run. */
const BESIDE_THE_POINT = /exceeded quota|does not support dry run/;

/**
 * Asks the API server by dry run, which stores nothing, whether it would accept a pod: before a pod is deleted for a new
 * template, and before the first pod of an instance is created. Our schema doesn't check the fields of a template, so a
 * misspelt field is found here, as kubectl finds it in a Deployment. A template that is accepted is tried once in a namespace.
 */
export class Trials {
  readonly #client: ClusterClient;
  readonly #known = new Map<string, Promise<Reason | undefined>>();

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /** @returns for each refused revision why; accepted revisions are left out */
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

  /** Instances of one template share the answer: the first one asks. */
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

/** The reason and message for a pod that the API server refuses. */
export function podRefused({ metadata }: Draft<Pod>, why: string): Reason {
  return { reason: 'PodRefused', message: `the API server refuses pods such as ${metadata.name ?? ''}: ${why}` };
}

/**
 * `plan` without the pods of refused templates: a pod that can't be replaced stays, and where all pods are replaced together,
 * all stay. Pods that aren't wanted any more are deleted nevertheless.
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
