import { abandonable } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import type { Fence } from '../../base/fence.ts';
import { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { invariant } from '../../base/result.ts';
import { Secrets, fencedClient } from '../../kube/index.ts';
import type { AdmissionWebhook, ClusterClient } from '../../kube/index.ts';
import { forAllWebhooks, readWebhooks, webhookType, writeWebhooks } from './configurations.ts';
import type { ClientConfigField, SeenWebhooks, WebhookName } from './configurations.ts';
import { KnownPaths } from './known-paths.ts';
import { addressWith, misplacementOf, newSecretPart, pathOf, pathsIn, plainPathOf } from './path-in-address.ts';
import type { PlainPaths } from './path-in-address.ts';
import { pathStep, readPathState, recoveredState, usualPathTimes, writePathState } from './path-state.ts';
import type { PathState, PathTimes } from './path-state.ts';
import { SharedSecret } from './shared-secret.ts';
import { LEAST_WAIT_MS, SeenFor, Upkeep } from './upkeep.ts';

/** What {@link WebhookPath} needs. */
interface WebhookPathOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random;
  /** The namespace of the Secret with the secret parts. */
  readonly namespace: string;
  readonly secretName: string;
  /** The labels of the Secret, if it is created here. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The configurations whose addresses are maintained. */
  readonly webhooks: readonly WebhookName[];
  /** The path before the unguessable part, by the name of the webhook. Other webhooks are left alone. */
  readonly plainPaths: PlainPaths;
  readonly times?: PathTimes;
}

/**
 * Maintains the unguessable part of the path at which API servers, and nobody else, call the webhooks. All replicas
 * share it through a Secret, write it into the configurations, and renew it. Every replica does all of it, with writes
 * based on the versions that it read. Only the plain path of an earlier version is replaced by the leader alone,
 * because some of its replicas may still run that version.
 */
export class WebhookPath implements AsyncDisposable {
  readonly #options: WebhookPathOptions;
  readonly #times: PathTimes;
  readonly #logger: Logger;
  readonly #secret: SharedSecret;
  readonly #known: KnownPaths;
  readonly #upkeep: Upkeep;
  readonly #nextKnown: SeenFor;
  readonly #placed: SeenFor;
  #lifetime: Lifetime | undefined;
  #state: PathState | undefined;
  #seen: readonly SeenWebhooks[] = [];
  #leads: { readonly since: number; readonly fence: Fence } | undefined;
  #read: () => void = () => undefined;
  readonly #whenRead = new Promise<void>((resolve) => (this.#read = resolve));

  constructor(options: WebhookPathOptions) {
    const { client, clock, namespace, secretName: name, labels = {}, times = usualPathTimes } = options;
    this.#options = options;
    this.#times = times;
    this.#logger = options.logger.child({ secret: `${namespace}/${name}` });
    this.#secret = new SharedSecret({ client, namespace, name, labels, type: 'Opaque' });
    this.#known = new KnownPaths({ clock, overlapMs: times.overlapMs, plainPaths: Object.values(options.plainPaths) });
    this.#nextKnown = new SeenFor(clock);
    this.#placed = new SeenFor(clock);
    this.#upkeep = new Upkeep({
      ...options,
      logger: this.#logger,
      look: (signal) => this.#look(signal),
      onFailure: (error, waitMs) =>
        this.#logger.warn("the webhooks' path could not be looked after, to be tried again", { error, waitMs }),
    });
  }

  /**
   * Resolves when it is known which paths to answer. Call it once. Aborting `signal` only ends the wait; disposal ends
   * the upkeep.
   */
  async start(signal: AbortSignal): Promise<void> {
    invariant(!this.#lifetime, 'the path is kept already');
    const lifetime = new Lifetime('webhook path');
    this.#lifetime = lifetime;
    const { namespace, secretName, webhooks } = this.#options;
    this.#upkeep.watch(lifetime, Secrets, secretName, namespace);
    for (const { kind, name } of webhooks) this.#upkeep.watch(lifetime, webhookType(kind), name);
    lifetime.run(
      (ended) => this.#upkeep.run(ended),
      (error) => this.#logger.error("the webhooks' path is no longer kept", { error }),
    );
    await abandonable(this.#whenRead, AbortSignal.any([signal, lifetime.signal]));
  }

  /** While `term` lasts, and after it has lasted long enough, plain paths are replaced. Not while `fence` is closed. */
  lead(term: Lifetime, fence: Fence): void {
    const leads = { since: this.#options.clock.monotonic(), fence };
    this.#leads = leads;
    term.defer(() => {
      if (this.#leads === leads) this.#leads = undefined;
    });
    this.#upkeep.lookAgain();
  }

  /** The plain path of the webhook that is called at `path`, or undefined if `path` isn't answered. */
  plainOf(path: string): string | undefined {
    return this.#known.plainOf(path);
  }

  /** Why API servers may not reach the webhooks, for readiness checks. Undefined while they do. */
  trouble(): string | undefined {
    if (!this.#state) return ['there is no path for the webhooks yet', this.#upkeep.failure ?? []].flat().join(': ');
    return misplacementOf(this.#seen, this.#options.plainPaths, (path) => this.#known.isAnswered(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime?.[Symbol.asyncDispose]();
  }

  async #look(signal: AbortSignal): Promise<number> {
    const { client, webhooks, plainPaths } = this.#options;
    // Read before the Secret: if another replica writes a newer part meanwhile, the configuration has another version,
    // and this replica's write fails.
    const seen = await readWebhooks(client, webhooks, signal);
    const data = await this.#secret.read(signal);
    const stored = data && readPathState(data);
    if (!stored?.ok) {
      await this.#recover(seen, stored?.error, signal);
      return LEAST_WAIT_MS;
    }
    this.#state = stored.value;
    this.#seen = seen;
    this.#known.learn(stored.value, pathsIn(seen, plainPaths));
    this.#read();
    await this.#place(stored.value, seen, signal);
    return this.#advance(stored.value, seen, signal);
  }

  /** Does the next step of a renewal. Returns in how many milliseconds the next step may be due. */
  async #advance(state: PathState, seen: readonly SeenWebhooks[], signal: AbortSignal): Promise<number> {
    const { clock, plainPaths } = this.#options;
    const isPlaced = pathsIn(seen, plainPaths).every(({ part }) => part === state.current);
    const view = {
      now: clock.now(),
      nextKnownForMs: this.#nextKnown.note(state.next) ?? 0,
      placedForMs: this.#placed.note(isPlaced ? state.current : undefined),
    };
    const step = pathStep(state, view, this.#times);
    const plainInMs = this.#untilPlainGoes();
    if (step.kind === 'wait') return Math.min(step.forMs, plainInMs > 0 ? plainInMs : Infinity);
    await this.#store(step.kind === 'prepare' ? { ...state, next: newSecretPart() } : step.state, signal);
    this.#logger.info("took a step in renewing the webhooks' path", { step: step.kind });
    return LEAST_WAIT_MS;
  }

  /** Writes the current part into every webhook that has another one, or none. */
  async #place({ current }: PathState, seen: readonly SeenWebhooks[], signal: AbortSignal): Promise<void> {
    const { plainPaths } = this.#options;
    const mayReplacePlain = this.#untilPlainGoes() <= 0;
    const change = (webhook: AdmissionWebhook): ClientConfigField | undefined => {
      const plain = plainPathOf(webhook.name, plainPaths);
      const path = pathOf(webhook, plainPaths);
      if (plain === undefined || path === undefined || path.part === current) return undefined;
      // Managers of an earlier version answer only the plain path, and may still be running.
      if (path.kind === 'plain' && !mayReplacePlain) return undefined;
      return addressWith(webhook.clientConfig, plain, current);
    };
    await forAllWebhooks(seen, async (each) => {
      if (!(await writeWebhooks(this.#clientFor(each), each, change, signal))) return;
      // The result of the write is read at the next look.
      this.#upkeep.lookAgain();
      this.#logger.info('put the path into the webhooks', { ...each.webhook });
    });
  }

  /** A plain path is replaced only by the leader, so that write has the leader's fence. */
  #clientFor({ configuration }: SeenWebhooks): ClusterClient {
    const { client, plainPaths } = this.#options;
    const isPlain = (configuration?.webhooks ?? []).some((webhook) => pathOf(webhook, plainPaths)?.kind === 'plain');
    return isPlain && this.#leads !== undefined ? fencedClient(client, this.#leads.fence) : client;
  }

  /**
   * In how many milliseconds plain paths may be replaced. `Infinity` while this replica isn't the leader, or its fence
   * is closed.
   */
  #untilPlainGoes(): number {
    if (this.#leads === undefined || this.#leads.fence.reason() !== undefined) return Infinity;
    return this.#leads.since + this.#times.plainMs - this.#options.clock.monotonic();
  }

  async #recover(seen: readonly SeenWebhooks[], fault: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock, plainPaths } = this.#options;
    const carried = pathsIn(seen, plainPaths).flatMap(({ kind, part }) => (kind === 'secret' ? [part] : []));
    await this.#store(recoveredState(carried, newSecretPart(), clock.now()), signal);
    if (fault === undefined) this.#logger.info("made the Secret of the webhooks' path");
    else this.#logger.error("the Secret of the webhooks' path was damaged and is replaced", { why: fault });
  }

  async #store(state: PathState, signal: AbortSignal): Promise<void> {
    await this.#secret.write(writePathState(state), signal);
  }
}
